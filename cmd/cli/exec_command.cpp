// SPDX-License-Identifier: Apache-2.0
// The command line of `exec`.
#include <algorithm>
#include <csignal>

#include "cmd/cli/candidate_flags.h"
#include "cmd/cli/election_name.h"
#include "cmd/cli/name_checks.h"
#include "cmd/cli/shared_flags.h"
#include "cmd/output/text.h"
#include "kube/base/signal_name.h"

namespace elector::cmd {
namespace {

// Whether a signal can mean "stop" for elector and its command alike. Not those the kernel handles
// itself, those the C library reserves for threads (32 and 33), and SIGCHLD.
bool can_ask_to_stop(int signal) {
  if (signal == SIGKILL || signal == SIGSTOP || signal == SIGCHLD) return false;
  return signal <= SIGSYS || signal >= SIGRTMIN;
}

Expected<int> parse_signal(const std::string& text) {
  const auto signal = kube::signal_by_name(text);
  if (signal && can_ask_to_stop(*signal)) return *signal;
  return usage_error(quoted(text) + (signal ? " cannot be the stop signal" : " is not a signal") +
                     "; write TERM, INT, USR1 or RTMIN+1, for example");
}

Expected<int> parse_exit_code(const std::string& text) {
  return parse_int(text, 0, 255, "an exit code from 0 to 255");
}

class ExecLine : public CandidateLine {
 public:
  explicit ExecLine(const Surroundings& surroundings) : CandidateLine(surroundings) {
    options_.lock = default_lock("leases");
    flags.group("Election", true);
    add_election(flags, "the election's name (default: the command's)", options_.election);
    add_lock(flags, "kind of lock (default: leases)", options_.lock);
    add_identity_and_timing(options_);
    add_job();
    add_http(options_);
    add_cluster(options_);
    add_api(flags, options_);
  }

  ApiOptions& options() override { return options_; }

  std::optional<std::string> take_words(Scan& scanned) override {
    std::vector<std::string>& words = scanned.words;
    const bool names = names_election(scanned);
    if (names) {
      const std::string word = words.front();
      if (auto problem = election_word_problem(word)) return problem;
      scanned.flags.push_back({flags.find("election"), {"ELECTION", word}});
      options_.election_before_dashes = true;
      words.erase(words.begin(), words.begin() + 2);
    } else if (auto problem = twice_problem(scanned)) {
      return problem;
    }
    options_.command = std::move(words);
    if (!options_.command.empty() || scanned.has("print-rbac")) return std::nullopt;
    return names ? "no command given after --"
                 : "no command given; write it after --, as in: exec -- ./job";
  }

  Expected<ParseResult> finish() override {
    options_.election_from_command = !flags["election"].is_given();
    if (options_.election_from_command) {
      if (options_.command.empty()) {
        return usage_error("--election: missing; give --election=NAME or a command");
      }
      auto name = election_of_command(options_.command.front());
      if (!name) return name.error();
      options_.election = std::move(*name);
    }
    if (auto failure = finish_candidate(options_)) return *failure;
    if (options_.log.quiet && options_.log.verbosity > 0) {
      return usage_error("--quiet and --verbose contradict each other; give one of them");
    }
    return ParseResult(options_);
  }

 private:
  // A program's name that cannot be an election's, as in `exec run_job -- x`.
  static std::optional<std::string> election_word_problem(const std::string& word) {
    const auto problem = object_name_problem(word);
    if (!problem) return std::nullopt;
    return "the election " + *problem + "; if " + quoted(word) +
           " is the command, write -- before it";
  }

  // With --election=a, `a -- CMD` may mean the command a, or name the election twice.
  static std::optional<std::string> twice_problem(const Scan& scanned) {
    const auto& words = scanned.words;
    if (scanned.ended_by_dashes || words.size() < 2 || words[1] != "--") return std::nullopt;
    const auto names = [&](const Occurrence& found) {
      return found.flag->name() == "election" && found.given.text() == words[0];
    };
    if (std::none_of(scanned.flags.begin(), scanned.flags.end(), names)) return std::nullopt;
    return "--election and " + quoted(words[0]) +
           " before -- name the election twice; omit one of them, or, if " + quoted(words[0]) +
           " is the command, write -- before it";
  }

  void add_job() {
    flags.group("Command");
    flags
        .value("--wait", "DURATION", "how long to wait for the lock; 0 tries once",
               store(options_.wait, parse_limit), Flag::Kind::kDuration)
        .common();
    flags
        .value("-E,--conflict-exit-code", "CODE", "exit code if the lock stayed held (default 124)",
               store(options_.conflict_exit_code, parse_exit_code))
        .common();
    flags
        .value("--hold", "DURATION", "minimum time to keep the lock",
               store(options_.hold, parse_limit), Flag::Kind::kDuration)
        .common();
    flags
        .value("--grace", "DURATION", "time to stop before it is killed (default 20s)",
               store(options_.grace, parse_limit), Flag::Kind::kDuration)
        .common();
    flags
        .value("--signal", "NAME",
               "signal that asks the command to stop, and that also ends a standby (default TERM)",
               store(options_.signal, parse_signal))
        .values("TERM INT HUP QUIT USR1 USR2 WINCH RTMIN+3");
    flags
        .value("--on-loss", "ACTION", "if leadership is lost: rejoin (default) or exit",
               choose(options_.exit_on_loss, {{"rejoin", false}, {"exit", true}}))
        .common()
        .values("rejoin exit");
    flags
        .value("--cgroup", "WHEN",
               "whether to run the command in a separate cgroup: auto (default; where permitted) "
               "or never",
               choose(options_.cgroup, {{"auto", true}, {"never", false}}))
        .values("auto never");
    flags.toggle("-q,--quiet", "log only failures and lost leadership", options_.log.quiet)
        .common();
  }

  ExecOptions options_{};
};

}  // namespace

constinit const Command kExecCommand{
    .name = "exec",
    .summary = "run a command while leading, and only then",
    .words = "[FLAGS] [[ELECTION] --] COMMAND [ARGUMENT...]",
    .description = "Runs COMMAND when elected, and stops it before another candidate may lead.\n",
    .exit_codes =
        "that of COMMAND, or 128+N if signal N ended it; 124 or that of -E if another candidate "
        "held the lock throughout --wait; 125 if elector failed or its usage was wrong, because 1 "
        "and 2 belong to COMMAND; 126 if COMMAND cannot be executed; 127 if it was not found.",
    .spelling = {.ends_at_word = true},
    .usage_exit_code = 125,
    .line = make_line<ExecLine>};

}  // namespace elector::cmd
