// SPDX-License-Identifier: Apache-2.0
// What a command line is turned into: the options of each command, or a text to print.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cmd/cli/completion.h"
#include "cmd/cli/stray_variables.h"
#include "cmd/http/address.h"
#include "cmd/output/log.h"
#include "cmd/output/terminal.h"
#include "core/time.h"
#include "core/timing.h"
#include "kube/config/connection.h"
#include "kube/lock/lock_kind.h"

namespace elector::cmd {

// The kind of the lock object, or both kinds of a multi-lock.
struct LockChoice {
  std::string name;                   // the value of --lock: "leases"
  std::vector<kube::LockKind> kinds;  // the primary first
  bool is_explicit = false;           // the user chose it, by flag or variable
};

struct LogOptions {
  LogFormat format = LogFormat::kText;
  int verbosity = 0;
  bool quiet = false;  // `exec` only
};

// --label-pod.
struct PodLabel {
  std::string key;
  std::string value;
  std::string pod;  // the name of this process's own pod
};

// --health-url and its companions.
struct HealthCheck {
  std::string url;  // http:// or https://
  core::Duration interval = std::chrono::seconds(5);
  core::Duration timeout = std::chrono::seconds(2);
  int threshold = 3;  // consecutive failures until unhealthy
};

// --print-rbac. `account` is as given: user:NAME, group:NAME, or NAME or NAMESPACE:NAME of a
// ServiceAccount; "" for the default one.
struct PrintRbac {
  std::string account;
  std::vector<std::string> pods{};  // --rbac-pods: the pods whose labels may be changed; empty: all
};

// What a candidate does in its cluster beside the election.
struct ClusterOptions {
  bool events = true;
  std::optional<PodLabel> label;
  std::optional<HealthCheck> health;
};

// The options of every command that uses the API.
struct ApiOptions {
  kube::Overrides connection;  // with the namespace, if one was given
  LogOptions log;
  std::vector<std::string> from_environment;  // "--server", …: flags set by a variable
  std::vector<StrayVariable> strays;          // variables that have no effect
  std::optional<PrintRbac> print_rbac;        // if set, the command does only that
};

// The options of every candidate: of `run` and `exec`.
struct CandidateOptions : ApiOptions {
  std::string election;  // an RFC 1123 subdomain
  std::string id;        // never empty
  LockChoice lock;
  core::Timing timing;  // satisfies Timing::check()
  std::optional<HttpAddress> http;
  ClusterOptions cluster;
  bool legacy = false;                // the 2016 command line: a flag came first
  std::vector<std::string> warnings;  // for the log: flags whose effect may surprise
  std::vector<std::string> notes;     // for the log at verbosity 1: flags that have no effect
};

// The options of `elector run`.
struct RunOptions : CandidateOptions {
  core::Duration release_delay{};       // not negative
  LogFormat output = LogFormat::kText;  // of the lines on standard output
};

// The options of `elector exec`.
struct ExecOptions : CandidateOptions {
  std::vector<std::string> command;     // argv, not empty
  bool election_from_command = false;   // the election is named after the command
  bool election_before_dashes = false;  // the election is the word before --
  std::optional<core::Duration> wait;   // none: forever; zero: one try
  int conflict_exit_code = 124;         // when another held the lock throughout `wait`
  core::Duration hold{};                // minimum time to keep the lock once elected
  core::Duration grace = std::chrono::seconds(20);
  int signal = 15;            // SIGTERM: asks the command to stop
  bool exit_on_loss = false;  // otherwise stand again
  bool cgroup = true;         // give the command its own cgroup where possible
};

// The options that `elector status` and `elector watch` share.
struct ObserverOptions : ApiOptions {
  std::string election;  // "": all
  bool all_namespaces = false;
  std::vector<kube::LockKind> kinds;  // to look at, in this order; never empty
  std::optional<std::string> id;      // the identity asked about; `status` only
  ColorChoice color = ColorChoice::kAuto;

  // True if no kind was chosen. A list of elections then omits the kinds that may not be read.
  bool all_kinds() const { return kinds.size() == kube::kLockKinds.size(); }
  // Returns the chosen kinds; without a choice the default, the Lease.
  std::vector<kube::LockKind> chosen_kinds() const {
    return all_kinds() ? std::vector{kube::LockKind::kLease} : kinds;
  }
};

// The options of `elector status`.
struct StatusOptions : ObserverOptions {
  enum class Format { kText, kWide, kJson, kYaml, kName };

  Format format = Format::kText;
  bool no_headers = false;
  bool confirm = false;    // check again after one lease duration before reporting "expired"
  bool is_leader = false;  // exit 0 if `id`, which is set then, holds the election, otherwise 3
  bool quiet = false;
  std::string probe;  // only probe this URL, as the kubelet does; "": show elections
};

// The options of `elector watch`.
struct WatchOptions : ObserverOptions {
  enum class Until { kForever, kLeader, kVacancy, kChange, kId };

  bool json = false;
  Until until = Until::kForever;
  std::string until_id;                   // for kId
  std::optional<core::Duration> timeout;  // none: no limit
  std::string command;                    // run by the shell on each change; "" for none
};

// The options of `elector resign`.
struct ResignOptions : ApiOptions {
  std::string election;
  LockChoice lock;
  std::string to;                            // hand over to this candidate; "": to anyone
  std::string id;                            // only if this one leads; "": any leader
  bool wait = false;                         // until another leads
  std::optional<core::Duration> wait_limit;  // none: no limit
  bool force = false;
};

// The options of `elector --copy-to`.
struct CopyTo {
  std::string folder;
};

// Text for standard output; the program then exits 0.
struct ShowText {
  std::string text;  // ends with a newline
};

// Text for standard error.
struct UsageError {
  std::string text;   // ends with a newline
  int exit_code = 2;  // 125 for exec, which leaves other codes to its command, as env(1) does
};

using ParseResult = std::variant<RunOptions, ExecOptions, StatusOptions, WatchOptions,
                                 ResignOptions, CopyTo, Completion, ShowText, UsageError>;

// The environment in which the command line is read.
struct Surroundings {
  std::string program = "elector";  // how the user calls it: "elector" or "kubectl elector"
  std::string version;              // X.Y.Z
  bool completes = false;           // kubectl asks for completions, as kubectl_complete-elector
  std::string pod_name;             // the variable POD_NAME; "" if it is not set
  std::vector<std::string> variables{};    // the names of those that begin with ELECTOR_, not empty
  std::function<std::string()> host_name;  // "" if there is none

  // Returns this process's own; argv0 shows whether kubectl called it.
  static Surroundings of_process(std::string_view argv0);
};

}  // namespace elector::cmd
