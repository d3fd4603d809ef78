// The flags, each declared once, by subject; and for each subject the reader that turns what was
// given into the value that the program works with. A command lists the groups that it takes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cmd/log.h"
#include "cmd/option_flag.h"
#include "cmd/option_given.h"
#include "cmd/option_http.h"
#include "core/timing.h"
#include "kube/connection.h"
#include "kube/error.h"
#include "kube/lock_kind.h"

namespace elector::cmd {

extern const FlagGroup kLockFlags;          // --election, --lock
extern const FlagGroup kIdentityFlags;      // --id
extern const FlagGroup kTimingFlags;        // --ttl, --renew-deadline, --retry-period
extern const FlagGroup kHttpFlags;          // --http
extern const FlagGroup kSidecarFlags;       // --release-delay: what `run` alone has
extern const FlagGroup kJobLockFlags;       // --election, --lock, where words are the command's
extern const FlagGroup kJobHttpFlags;       // --http, less common there
extern const FlagGroup kJobFlags;           // --wait, --hold, --grace, …: what `exec` alone has
extern const FlagGroup kHeldLockFlags;      // --election, --lock of `resign`
extern const FlagGroup kObservedFlags;      // --election, --lock of `status` and `watch`
extern const FlagGroup kEverywhereFlags;    // --all-namespaces
extern const FlagGroup kQuestionFlags;      // --is-leader, --confirm, --quiet: what `status` has
extern const FlagGroup kAskedIdFlags;       // --id of `status`
extern const FlagGroup kStatusOutputFlags;  // -o, --no-headers, --color
extern const FlagGroup kWaitFlags;          // --for, --timeout, --exec: what `watch` has
extern const FlagGroup kWatchOutputFlags;   // -o, --color
extern const FlagGroup kResignFlags;        // --to, --id, --wait, --force
extern const FlagGroup kConnectionFlags;    // --namespace, --kubeconfig, …
extern const FlagGroup kLogFlags;           // --log-format, --verbose
extern const FlagGroup kHelpFlags;          // --help, --help-all, --version
// Of the command line of 2016 alone:
extern const FlagGroup kConnection2016Flags;  // the same, where --namespace is not the election's
extern const FlagGroup kBasic2016Flags;       // --username, --password
extern const FlagGroup kTiming2016Flags;      // as kTimingFlags, with Go's longest --ttl
extern const FlagGroup kElection2016Flags;    // --election-namespace
extern const FlagGroup kIdle2016Flags;        // kubectl's of then that have no effect today
extern const FlagGroup kKlogFlags;            // klog's: accepted without effect

// The kind of object that the lock is, or the two of a multi-lock.
struct LockChoice {
  std::string name;                   // the value of --lock: "leases"
  std::vector<kube::LockKind> kinds;  // the primary first
  bool is_explicit = false;           // the user chose it, by flag or variable
};

struct LogOptions {
  LogFormat format = LogFormat::kText;
  int verbosity = 0;
};

// All of these fail with kUsage and a sentence that begins with the flag or variable at fault.

// The election's name; required.
kube::Expected<std::string> read_election(const GivenFlags& flags);
// The identity, else the host's name, which the function is asked for only then.
kube::Expected<std::string> read_identity(const GivenFlags& flags,
                                          const std::function<std::string()>& host_name);
// The lock's kind, else the one that the command takes by default.
kube::Expected<LockChoice> read_lock(const GivenFlags& flags, std::string_view fallback);
// L, D and R: each of the latter follows from L unless given itself (core/timing.h).
kube::Expected<core::Timing> read_timing(const GivenFlags& flags);
// The same for the command line of 2016, where every positive ttl was valid: one that a lease
// cannot keep becomes the nearest that it can, and a sentence is added to `warnings`.
kube::Expected<core::Timing> read_timing_2016(const GivenFlags& flags,
                                              std::vector<std::string>& warnings);
// Nothing for no server: without the flag, or with an empty value, as the 2016 sidecar had it.
kube::Expected<std::optional<HttpAddress>> read_http(const GivenFlags& flags);
// --signal: a name with or without SIG (TERM, sigusr1, RTMIN+2) or a number; SIGTERM if not given.
kube::Expected<int> read_signal(const GivenFlags& flags);
// A number from 0 to 255; `fallback` if it was not given.
kube::Expected<int> read_exit_code(const GivenFlags& flags, std::string_view flag, int fallback);
// A duration that is not negative; zero if it was not given.
kube::Expected<core::Duration> read_duration(const GivenFlags& flags, std::string_view flag);
// `namespace_flag` is the one that names the namespace.
kube::Expected<kube::Overrides> read_connection(const GivenFlags& flags,
                                                std::string_view namespace_flag = "namespace");
kube::Expected<LogOptions> read_log(const GivenFlags& flags);

}  // namespace elector::cmd
