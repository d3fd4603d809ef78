// SPDX-License-Identifier: Apache-2.0
// The command lines of `status`, `watch` and `resign`, which observe elections without taking part.
#include "cmd/cli/command.h"
#include "cmd/cli/name_checks.h"
#include "cmd/cli/shared_flags.h"
#include "cmd/output/text.h"

namespace elector::cmd {
namespace {

// What `status` and `watch` share.
class ObserverLine : public CommandLine {
 protected:
  void add_elections(ObserverOptions& into) {
    into.kinds.assign(kube::kLockKinds.begin(), kube::kLockKinds.end());
    flags.group("Election", true);
    add_election(flags, "the election's name; may be an argument (default: all)", into.election);
    add_lock(flags, "only locks of this kind: leases, endpoints, configmaps", lock_);
  }

  void add_everywhere(ObserverOptions& into) {
    flags.group("Election");
    flags.toggle("-A,--all-namespaces", "the elections of all namespaces", into.all_namespaces)
        .common();
  }

  void add_color(ObserverOptions& into) {
    flags
        .value("--color", "WHEN", "when to use colours: auto (default), always or never",
               choose<ColorChoice>(into.color, {{"auto", ColorChoice::kAuto},
                                                {"always", ColorChoice::kAlways},
                                                {"never", ColorChoice::kNever}}))
        .values("auto always never");
  }

  Failure finish_observer(ObserverOptions& into) {
    finish_rbac(flags, into);
    if (flags["lock"].is_given()) into.kinds = lock_.kinds;
    const Flag& election = flags["election"];
    if (!election.is_given() || !into.all_namespaces) return std::nullopt;
    if (election.is_from_environment()) {
      into.election.clear();  // what is typed overrides a pod's variable
      return std::nullopt;
    }
    return usage_error("--all-namespaces and " + election.cited() +
                       " contradict each other: an election is in one namespace; give one of them");
  }

 private:
  LockChoice lock_{};
};

class StatusLine : public ObserverLine {
 public:
  explicit StatusLine(const Surroundings& surroundings) : surroundings_(surroundings) {
    using Format = StatusOptions::Format;
    add_elections(options_);
    flags
        .text("--id", "NAME",
              "candidate to ask about (default: the host name); 'HOST_*' stands for HOST_UUID", id_,
              identity_problem)
        .common();
    add_everywhere(options_);
    flags.group("Output");
    flags
        .toggle("--is-leader", "exit with 0 if --id holds ELECTION, otherwise with 3",
                options_.is_leader)
        .common();
    flags
        .toggle("--confirm", "read again after one lease before reporting expired",
                options_.confirm)
        .common();
    flags.text("--probe", "URL",
               "exit with 0 if this URL answers with status 200 to 399, otherwise with 1",
               options_.probe, probed_url_problem);
    flags.toggle("-q,--quiet", "print nothing to standard output", options_.quiet).common();
    flags
        .value("-o,--output", "FORMAT", "output format: wide, json, yaml or name",
               unless_empty(choose<Format>(options_.format, {{"wide", Format::kWide},
                                                             {"json", Format::kJson},
                                                             {"yaml", Format::kYaml},
                                                             {"name", Format::kName}})))
        .common()
        .values("wide json yaml name");
    flags.toggle("--no-headers", "do not print the table's header", options_.no_headers);
    add_color(options_);
    add_api(flags, options_);
  }

  ApiOptions& options() override { return options_; }

  Expected<ParseResult> finish() override {
    if (auto failure = finish_observer(options_)) return *failure;
    if (options_.is_leader && !flags["id"].is_given()) {
      id_ = surroundings_.host_name();
      if (const auto problem = identity_problem(id_)) {
        return usage_error("--id: not given, and the host name " + *problem + "; give --id=NAME");
      }
    }
    if (!id_.empty()) options_.id = id_;
    if (options_.is_leader && options_.election.empty()) {
      return of_which_election(flags["is-leader"]);
    }
    return ParseResult(options_);
  }

 private:
  const Surroundings& surroundings_;
  StatusOptions options_{};
  std::string id_{};
};

class WatchLine : public ObserverLine {
 public:
  explicit WatchLine(const Surroundings&) {
    add_elections(options_);
    add_everywhere(options_);
    flags.group("Waiting");
    const Flag& until =
        flags
            .value("--for", "WHAT", "what to wait for: leader, vacancy, change or id=NAME",
                   [this](const std::string& text) { return read_until(text); })
            .common()
            .values("leader vacancy change id=");
    const Flag& timeout =
        flags
            .value("--timeout", "DURATION", "time limit of --for, after which to exit with 124",
                   store(options_.timeout, parse_limit), Flag::Kind::kDuration)
            .common();
    flags.need(timeout, until);
    flags
        .text("--exec", "COMMAND", "shell command to run at each change", options_.command,
              emptiness_problem)
        .common();
    flags.group("Output");
    flags
        .value("-o,--output", "FORMAT", "json: print one JSON object per line",
               unless_empty(choose(options_.json, {{"json", true}})))
        .common()
        .values("json");
    add_color(options_);
    add_api(flags, options_);
  }

  ApiOptions& options() override { return options_; }

  Expected<ParseResult> finish() override {
    if (auto failure = finish_observer(options_)) return *failure;
    if (flags["for"].is_given() && options_.election.empty()) {
      return of_which_election(flags["for"]);
    }
    return ParseResult(options_);
  }

 private:
  // Reads --for: leader, vacancy, change, or id=NAME.
  Failure read_until(const std::string& text) {
    using Until = WatchOptions::Until;
    constexpr std::string_view kIdIs = "id=";
    if (!text.starts_with(kIdIs)) {
      return choose<Until>(options_.until, {{"leader", Until::kLeader},
                                            {"vacancy", Until::kVacancy},
                                            {"change", Until::kChange},
                                            {"id=NAME", Until::kId}})(text);
    }
    options_.until = Until::kId;
    options_.until_id = text.substr(kIdIs.size());
    if (const auto problem = identity_problem(options_.until_id)) {
      return usage_error("the name after id= " + *problem);
    }
    return std::nullopt;
  }

  WatchOptions options_{};
};

// `resign` does not read --id from ELECTOR_ID: in a pod, that variable names the pod's own
// candidate, and a request made there would silently apply to that candidate only.
class ResignLine : public CommandLine {
 public:
  explicit ResignLine(const Surroundings&) {
    options_.lock = default_lock("leases");
    flags.group("Election", true);
    add_election(flags, "the election's name; may be given as an argument", options_.election);
    add_lock(flags, "kind of lock (default: the first kind that is held)", options_.lock);
    flags.group("Request");
    flags.text("--to", "NAME", "hand over to this candidate", options_.to, identity_problem)
        .common();
    flags
        .text("--id", "NAME", "ask only if NAME leads; 'HOST_*' stands for HOST_UUID", options_.id,
              identity_problem)
        .common();
    flags
        .value("--wait", "DURATION", "wait until another leads, at most for DURATION",
               store(options_.wait_limit, parse_limit), Flag::Kind::kOptionalDuration)
        .common();
    flags
        .toggle("--force", "clear the lock without asking; the old leader may still work",
                options_.force)
        .common();
    add_api(flags, options_);
  }

  ApiOptions& options() override { return options_; }

  Expected<ParseResult> finish() override {
    if (auto failure = require_election(flags)) return *failure;
    options_.wait = flags["wait"].is_given();
    finish_rbac(flags, options_);
    return ParseResult(options_);
  }

 private:
  ResignOptions options_{};
};

}  // namespace

constinit const Command kStatusCommand{
    .name = "status",
    .summary = "show who leads an election, or every election",
    .words = "[ELECTION] [FLAGS]",
    .description = "Shows who leads. Exits with 0 if ELECTION is held, and with 3 if it is not.\n",
    .exit_codes =
        "0 if ELECTION is held (with --is-leader: by --id), or the list is complete; 3 if it is "
        "not held; 1 if that is not known; 2 for wrong usage; 128+N after signal N.",
    .line = make_line<StatusLine>};

constinit const Command kWatchCommand{
    .name = "watch",
    .summary = "show each change of leader, or wait for one",
    .words = "[ELECTION] [FLAGS]",
    .description = "Prints the leader, and then each change of leader.\n",
    .exit_codes =
        "0 if the condition of --for holds; 124 if it did not within --timeout; 1 if the election "
        "cannot be watched; 2 for wrong usage; 128+N after signal N.",
    .line = make_line<WatchLine>};

constinit const Command kResignCommand{
    .name = "resign",
    .summary = "ask the leader to step down",
    .words = "ELECTION [FLAGS]",
    .description = "Asks the current leader to stop its work and to release the lock.\n",
    .exit_codes =
        "0 if the leader acknowledged the request (with --wait: if another candidate leads); 3 if "
        "there is no leader; 1 if the leader did not answer or leads again; 124 after the time of "
        "--wait; 2 for wrong usage; 128+N after signal N.",
    .line = make_line<ResignLine>};

}  // namespace elector::cmd
