// The flags, each declared once, by subject, and for each subject the reader that turns the given
// flags into the value the program uses. A command lists the groups that it accepts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cmd/cli/flag.h"
#include "cmd/cli/given.h"
#include "cmd/http/address.h"
#include "cmd/output/log.h"
#include "core/error.h"
#include "core/timing.h"
#include "kube/config/connection.h"
#include "kube/lock/lock_kind.h"

namespace elector::cmd {

extern const FlagGroup kLockFlags;          // --election, --lock
extern const FlagGroup kIdentityFlags;      // --id
extern const FlagGroup kTimingFlags;        // --ttl, --renew-deadline, --retry-period
extern const FlagGroup kHttpFlags;          // --http
extern const FlagGroup kSidecarFlags;       // --release-delay: only of `run`
extern const FlagGroup kJobLockFlags;       // --election, --lock, where words belong to the command
extern const FlagGroup kJobHttpFlags;       // --http, less common there
extern const FlagGroup kJobFlags;           // --wait, --hold, --grace, …: only of `exec`
extern const FlagGroup kHeldLockFlags;      // --election, --lock of `resign`
extern const FlagGroup kObservedFlags;      // --election, --lock of `status` and `watch`
extern const FlagGroup kEverywhereFlags;    // --all-namespaces
extern const FlagGroup kQuestionFlags;      // --is-leader, --confirm, --quiet: of `status`
extern const FlagGroup kAskedIdFlags;       // --id of `status`
extern const FlagGroup kStatusOutputFlags;  // -o, --no-headers, --color
extern const FlagGroup kWaitFlags;          // --for, --timeout, --exec: of `watch`
extern const FlagGroup kWatchOutputFlags;   // -o, --color
extern const FlagGroup kResignFlags;        // --to, --id, --wait, --force
extern const FlagGroup kConnectionFlags;    // --namespace, --kubeconfig, …
extern const FlagGroup kLogFlags;           // --log-format, --verbose
extern const FlagGroup kHelpFlags;          // --help, --help-all, --version
// Only of the 2016 command line:
extern const FlagGroup kConnection2016Flags;  // the same; --namespace is not the election's
extern const FlagGroup kBasic2016Flags;       // --username, --password
extern const FlagGroup kTiming2016Flags;      // as kTimingFlags, with Go's longest --ttl
extern const FlagGroup kElection2016Flags;    // --election-namespace
extern const FlagGroup kIdle2016Flags;        // kubectl's of 2016 that have no effect today
extern const FlagGroup kKlogFlags;            // klog's: accepted without effect

// The kind of the lock object, or both kinds of a multi-lock.
struct LockChoice {
  std::string name;                   // the value of --lock: "leases"
  std::vector<kube::LockKind> kinds;  // the primary first
  bool is_explicit = false;           // the user chose it, by flag or variable
};

struct LogOptions {
  LogFormat format = LogFormat::kText;
  int verbosity = 0;
};

// These fail with kUsage and a sentence that begins with the flag or variable at fault.

// Returns the election's name; required.
Expected<std::string> read_election(const GivenFlags& flags);
// Returns the identity, otherwise `host_name()`, called only if needed.
Expected<std::string> read_identity(const GivenFlags& flags,
                                    const std::function<std::string()>& host_name);
// Returns the lock's kind, otherwise `fallback`, the command's default.
Expected<LockChoice> read_lock(const GivenFlags& flags, std::string_view fallback);
// Returns L, D and R. D and R are derived from L unless given (core/timing.h).
Expected<core::Timing> read_timing(const GivenFlags& flags);
// The same for the 2016 command line, which accepted every positive ttl: a ttl that a lease cannot
// keep is replaced by the nearest possible one, and a sentence is added to `warnings`.
Expected<core::Timing> read_timing_2016(const GivenFlags& flags,
                                        std::vector<std::string>& warnings);
// Returns nothing (no server) without the flag or with an empty value, as in the 2016 sidecar.
Expected<std::optional<HttpAddress>> read_http(const GivenFlags& flags);
// --signal: a name with or without SIG (TERM, sigusr1, RTMIN+2) or a number; SIGTERM if not given.
Expected<int> read_signal(const GivenFlags& flags);
// Returns a number from 0 to 255; `fallback` if the flag is not given.
Expected<int> read_exit_code(const GivenFlags& flags, std::string_view flag, int fallback);
// Returns a non-negative duration; zero if the flag is not given.
Expected<core::Duration> read_duration(const GivenFlags& flags, std::string_view flag);
// namespace_flag: the flag that names the namespace.
Expected<kube::Overrides> read_connection(const GivenFlags& flags,
                                          std::string_view namespace_flag = "namespace");
Expected<LogOptions> read_log(const GivenFlags& flags);

}  // namespace elector::cmd
