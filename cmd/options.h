// The command line: what the user typed and exported, made into one value that a command runs on,
// or into a text to print. Pure but for the functions that it is given.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cmd/completion.h"
#include "cmd/copy_to.h"
#include "cmd/option_cluster.h"
#include "cmd/option_given.h"
#include "cmd/option_groups.h"
#include "cmd/option_http.h"
#include "core/time.h"
#include "core/timing.h"
#include "kube/connection.h"
#include "kube/lock_kind.h"

namespace elector::cmd {

// What every command that talks to the API is asked for.
struct ApiOptions {
  kube::Overrides connection;  // with the namespace, if one was given
  LogOptions log;
  std::vector<std::string> from_environment;  // "--server", …: flags that a variable stood in for
  std::optional<PrintRbac> print_rbac;        // then that is all there is to do
};

// What every candidate is asked for, by `run` and by `exec`.
struct CandidateOptions : ApiOptions {
  std::string election;  // an RFC 1123 subdomain
  std::string id;        // never empty
  LockChoice lock;
  core::Timing timing;  // satisfies Timing::check()
  std::optional<HttpAddress> http;
  ClusterOptions cluster;
  bool legacy = false;                // the command line of 2016: an option came first
  std::vector<std::string> warnings;  // for the log: what has another effect than it may seem
  std::vector<std::string> notes;     // for the log at verbosity 1: flags that have no effect
};

// What `elector run` was asked for.
struct RunOptions : CandidateOptions {
  core::Duration release_delay{};  // not negative
};

// What `elector exec` was asked for.
struct ExecOptions : CandidateOptions {
  std::vector<std::string> command;    // argv, not empty
  bool election_from_command = false;  // its name stands for the election's
  std::optional<core::Duration> wait;  // none: for ever; zero: one try
  int conflict_exit_code = 124;        // when another held the lock throughout `wait`
  core::Duration hold{};               // the least time to keep the lock once elected
  core::Duration grace = std::chrono::seconds(20);
  int signal = 15;            // SIGTERM: asks the command to stop
  bool exit_on_loss = false;  // else stand again
  bool cgroup = true;         // give the command one of its own where that may be
};

// Whether to colour: when standard output is a terminal and NO_COLOR is not set, or as it was said.
enum class ColorChoice { kAuto, kAlways, kNever };

// What `elector status` and `elector watch` are asked for alike.
struct ObserverOptions : ApiOptions {
  std::string election;  // "": all
  bool all_namespaces = false;
  std::vector<kube::LockKind> kinds;  // to look at, in this order; never empty
  std::optional<std::string> id;      // the name that the answer is about; `status` only
  ColorChoice color = ColorChoice::kAuto;

  // No kind was chosen. A list of elections then does without those that may not be read.
  bool all_kinds() const { return kinds.size() == kube::kLockKinds.size(); }
  // The kinds that the command line asks for; without a choice the default, the Lease.
  std::vector<kube::LockKind> chosen_kinds() const {
    return all_kinds() ? std::vector{kube::LockKind::kLease} : kinds;
  }
};

// What `elector status` was asked for.
struct StatusOptions : ObserverOptions {
  enum class Format { kText, kWide, kJson, kYaml, kName };

  Format format = Format::kText;
  bool no_headers = false;
  bool confirm = false;    // look again after one duration before saying "expired"
  bool is_leader = false;  // exit code 0 if `id`, which is there then, holds the election, else 3
  bool quiet = false;
  std::string probe;  // only ask this URL, as a kubelet does; "": look at elections
};

// What `elector watch` was asked for.
struct WatchOptions : ObserverOptions {
  enum class Until { kForever, kLeader, kVacancy, kChange, kId };

  bool json = false;
  Until until = Until::kForever;
  std::string until_id;                   // of kId
  std::optional<core::Duration> timeout;  // none: without end
  std::string command;                    // to run on each change, by the shell; "" for none
};

// What `elector resign` was asked for.
struct ResignOptions : ApiOptions {
  std::string election;
  LockChoice lock;
  std::string to;                            // hand over to this candidate; "": to anyone
  std::string id;                            // only if this one leads; "": whoever does
  bool wait = false;                         // until another leads
  std::optional<core::Duration> wait_limit;  // none: without end
  bool force = false;
};

// For standard output, then exit 0.
struct ShowText {
  std::string text;  // ends with a newline
};

// For standard error.
struct UsageError {
  std::string text;   // ends with a newline
  int exit_code = 2;  // 125 for exec, which leaves the others to its command, as env(1) does
};

using ParseResult = std::variant<RunOptions, ExecOptions, StatusOptions, WatchOptions,
                                 ResignOptions, CopyTo, Completion, ShowText, UsageError>;

// What the command line is read against.
struct Surroundings {
  std::string program = "elector";  // how the user calls it: "elector" or "kubectl elector"
  std::string version;              // X.Y.Z
  bool completes = false;           // kubectl asks what could be typed, as kubectl_complete-elector
  Variables variables;
  std::function<std::string()> host_name;  // "" if there is none

  // This process's own; argv0 tells whether kubectl called it.
  static Surroundings of_process(std::string_view argv0);
};

// `arguments` are the program's without argv[0].
ParseResult parse(std::span<const std::string> arguments, const Surroundings& surroundings);

// A message that names flags, as kube/ writes them, with those named by their variable that came
// from one: "--server "x" has no scheme" becomes "ELECTOR_SERVER "x" has no scheme". `flags` is
// ApiOptions::from_environment.
std::string name_variables(std::string_view message, std::span<const std::string> flags);

// Every command there is, for the help, the suggestions and the completions.
std::span<const Command> commands();

}  // namespace elector::cmd
