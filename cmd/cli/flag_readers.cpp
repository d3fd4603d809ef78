#include "cmd/cli/flag_readers.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <limits>

#include "cmd/cli/name_checks.h"
#include "cmd/output/duration.h"
#include "cmd/output/text.h"
#include "kube/base/signal_name.h"

namespace elector::cmd {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Checks the rules between the three durations; an error quotes those that were given.
Failure check_timing(const core::Timing& timing, const GivenFlags& flags) {
  // Clamped: extreme values still break the same rules, but check() cannot overflow when it
  // multiplies.
  core::Timing limited = timing;
  limited.renew_deadline = std::max(timing.renew_deadline, core::Duration::zero());
  limited.retry_period =
      std::min(timing.retry_period, std::max(limited.renew_deadline, core::Duration(1)));
  const auto problem = limited.check();
  if (!problem) return std::nullopt;
  std::string cited;
  bool several = false;
  for (const Flag& flag : kTimingFlags.flags) {
    const Given* given = flags.find(flag.name);
    if (given == nullptr) continue;
    several = !cited.empty();
    cited += (several ? ", " : "") + given->cited();
  }
  std::string sentence = cited + ": " + *problem;
  // The ttl alone breaks only rules about itself; for other rules, show all three values.
  if (several || flags.find("ttl") == nullptr) {
    sentence += " (lease duration " + format_duration(timing.lease_duration) + ", renew deadline " +
                format_duration(timing.renew_deadline) + ", retry period " +
                format_duration(timing.retry_period) + ")";
  }
  return usage_error(sentence);
}

// Whether a signal can mean "stop" for elector and its command alike. Not those the kernel handles
// itself, those the C library reserves for threads (32 and 33), and SIGCHLD.
bool can_ask_to_stop(int signal) {
  if (signal == SIGKILL || signal == SIGSTOP || signal == SIGCHLD) return false;
  return signal <= SIGSYS || signal >= SIGRTMIN;
}

// D and R are derived from the lease duration unless given.
Expected<core::Timing> timing_of(seconds lease, const GivenFlags& flags) {
  core::Timing timing = core::Timing::from_lease_duration(lease);
  if (const Given* given = flags.find("renew-deadline")) timing.renew_deadline = given->duration;
  if (const Given* given = flags.find("retry-period")) timing.retry_period = given->duration;
  if (auto failure = check_timing(timing, flags)) return *failure;
  return timing;
}

}  // namespace

Expected<std::string> read_election(const GivenFlags& flags) {
  const Given* given = flags.find("election");
  if (given == nullptr) {
    return usage_error("--election: missing; name the election, as a word or by --election=NAME");
  }
  if (const auto problem = object_name_problem(given->text)) return bad_value(*given, *problem);
  return given->text;
}

Expected<std::string> read_identity(const GivenFlags& flags,
                                    const std::function<std::string()>& host_name) {
  if (const Given* given = flags.find("id")) {
    if (const auto problem = identity_problem(given->text)) return bad_value(*given, *problem);
    return given->text;
  }
  std::string name = host_name();
  if (const auto problem = identity_problem(name)) {
    return usage_error("--id: not given, and the host name " + *problem + "; give --id=NAME");
  }
  return name;
}

Expected<LockChoice> read_lock(const GivenFlags& flags, std::string_view fallback) {
  const Given* given = flags.find("lock");
  std::string name(fallback);
  if (given != nullptr) {
    const auto choice = read_choice(*given, kube::kLockValues);
    if (!choice) return choice.error();
    name = kube::kLockValues.at(*choice);
  }
  auto kinds = kube::parse_lock(name);
  assert(kinds && "a default is one of the values");
  return LockChoice{.name = name, .kinds = std::move(*kinds), .is_explicit = given != nullptr};
}

Expected<core::Timing> read_timing(const GivenFlags& flags) {
  seconds lease = core::Timing().lease_duration;
  if (const Given* given = flags.find("ttl")) {
    lease = std::chrono::duration_cast<seconds>(given->duration);
    if (lease != given->duration) {
      return bad_value(*given, quoted(given->text) +
                                   " is not a whole number of seconds, which is all that a lease "
                                   "can record");
    }
  }
  return timing_of(lease, flags);
}

Expected<core::Timing> read_timing_2016(const GivenFlags& flags,
                                        std::vector<std::string>& warnings) {
  constexpr seconds kShortest(2);
  constexpr seconds kLongest(std::numeric_limits<std::int32_t>::max());
  const Given* given = flags.find("ttl");
  if (given == nullptr || given->duration <= core::Duration::zero()) return read_timing(flags);
  const seconds lease =
      std::clamp(std::chrono::ceil<seconds>(given->duration), kShortest, kLongest);
  if (lease != given->duration) {
    warnings.push_back(given->cited() + " is taken as " + format_duration(lease) +
                       ": a lease lasts a whole number of seconds, from 2s to " +
                       format_duration(kLongest));
  }
  return timing_of(lease, flags);
}

Expected<std::optional<HttpAddress>> read_http(const GivenFlags& flags) {
  const Given* given = flags.find("http");
  if (given == nullptr || given->text.empty()) return std::optional<HttpAddress>();
  auto address = parse_http_address(given->text);
  if (!address) return bad_value(*given, address.error().message);
  return std::optional<HttpAddress>(std::move(*address));
}

Expected<int> read_signal(const GivenFlags& flags) {
  const Given* given = flags.find("signal");
  if (given == nullptr) return SIGTERM;
  const std::string example = "; write TERM, INT, USR1 or RTMIN+1, for example";
  const auto signal = kube::signal_by_name(given->text);
  if (!signal) return bad_value(*given, quoted(given->text) + " is not a signal" + example);
  if (can_ask_to_stop(*signal)) return *signal;
  return bad_value(*given, quoted(given->text) + " cannot be the stop signal" + example);
}

Expected<int> read_exit_code(const GivenFlags& flags, std::string_view flag, int fallback) {
  const Given* given = flags.find(flag);
  if (given == nullptr) return fallback;
  int code = -1;
  const char* const end = given->text.data() + given->text.size();
  const auto parsed = std::from_chars(given->text.data(), end, code);
  if (parsed.ec != std::errc() || parsed.ptr != end || code < 0 || code > 255) {
    return bad_value(*given, quoted(given->text) + " is not an exit code from 0 to 255");
  }
  return code;
}

Expected<core::Duration> read_duration(const GivenFlags& flags, std::string_view flag) {
  const Given* given = flags.find(flag);
  if (given == nullptr) return core::Duration::zero();
  if (given->duration < core::Duration::zero()) {
    return bad_value(*given, quoted(given->text) + " is negative");
  }
  return given->duration;
}

Expected<kube::Overrides> read_connection(const GivenFlags& flags,
                                          std::string_view namespace_flag) {
  kube::Overrides overrides;
  overrides.kubeconfig = flags.text("kubeconfig");
  overrides.context = flags.text("context");
  overrides.cluster = flags.text("cluster");
  overrides.user = flags.text("user");
  overrides.namespace_ = flags.text(namespace_flag);
  overrides.server = flags.text("server");
  overrides.token = flags.text("token");
  overrides.username = flags.text("username");
  overrides.password = flags.text("password");
  overrides.certificate_authority = flags.text("certificate-authority");
  overrides.client_certificate = flags.text("client-certificate");
  overrides.client_key = flags.text("client-key");
  overrides.tls_server_name = flags.text("tls-server-name");
  overrides.insecure_skip_tls_verify = flags.is_true("insecure-skip-tls-verify");
  overrides.as = flags.text("as");
  overrides.as_uid = flags.text("as-uid");
  if (const Given* groups = flags.find("as-group")) overrides.as_groups = groups->items;
  overrides.use_cluster_credentials = flags.is_true("use-cluster-credentials");
  // For kubectl, an empty value counts as not given.
  if (const Given* given = flags.find(namespace_flag); given != nullptr && !given->text.empty()) {
    if (const auto problem = namespace_problem(given->text)) return bad_value(*given, *problem);
  }
  if (flags.find("request-timeout") != nullptr) {
    const auto timeout = read_duration(flags, "request-timeout");
    if (!timeout) return timeout.error();
    // Rounded up: a very short timeout must not become 0, which means no limit.
    overrides.request_timeout = std::chrono::ceil<milliseconds>(*timeout);
  }
  return overrides;
}

Expected<LogOptions> read_log(const GivenFlags& flags) {
  LogOptions options;
  if (const Given* given = flags.find("log-format")) {
    constexpr std::array<std::string_view, 2> kFormats{"text", "json"};
    const auto choice = read_choice(*given, kFormats);
    if (!choice) return choice.error();
    if (kFormats.at(*choice) == "json") options.format = LogFormat::kJson;
  }
  if (const Given* given = flags.find("verbose")) options.verbosity = given->count;
  return options;
}

}  // namespace elector::cmd
