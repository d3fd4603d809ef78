// SPDX-License-Identifier: Apache-2.0
#include "cmd/cli/candidate_flags.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>

#include "cmd/cli/name_checks.h"
#include "cmd/cli/shared_flags.h"
#include "cmd/output/duration.h"
#include "cmd/output/text.h"
#include "core/identity_pattern.h"
#include "kube/base/text.h"

namespace elector::cmd {
namespace {

using std::chrono::seconds;

constexpr const char* kTimingFlags[] = {"ttl", "renew-deadline", "retry-period"};
constexpr const char* kHealthFlags[] = {"health-interval", "health-timeout", "health-threshold"};

// A candidate has one name: a pattern, which matches other names, is a mistake.
std::optional<std::string> candidate_problem(std::string_view identity) {
  if (auto problem = identity_problem(identity)) return problem;
  if (!core::is_identity_pattern(identity)) return std::nullopt;
  return "is a pattern, which only status, watch and resign accept; give a name";
}

// The syntax of a label's value and of the name in its key (k8s.io/apimachinery, IsQualifiedName
// and IsValidLabelValue).
bool is_label_word(std::string_view text) {
  constexpr std::size_t kLongest = 63;
  return !text.empty() && text.size() <= kLongest && kube::is_alphanumeric(text.front()) &&
         kube::is_alphanumeric(text.back()) && std::all_of(text.begin(), text.end(), [&](char c) {
           return kube::is_alphanumeric(c) || c == '-' || c == '_' || c == '.';
         });
}

bool is_label_key(std::string_view key) {
  const std::size_t slash = key.find('/');
  if (slash == std::string_view::npos) return is_label_word(key);
  return !object_name_problem(key.substr(0, slash)) && is_label_word(key.substr(slash + 1));
}

Expected<PodLabel> parse_label(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) return usage_error(quoted(text) + " is not KEY=VALUE");
  PodLabel label{.key = text.substr(0, equals), .value = text.substr(equals + 1), .pod = ""};
  if (!is_label_key(label.key)) {
    return usage_error(quoted(label.key) +
                       " is not a label key: [PREFIX/]NAME, of letters, digits, '-', '_' and '.', "
                       "for example role or example.com/role");
  }
  if (is_label_word(label.value)) return label;
  return usage_error(quoted(label.value) +
                     " is not a label value: 1 to 63 letters, digits, '-', '_' and '.', a letter "
                     "or digit at both ends");
}

Expected<core::Duration> parse_positive(const std::string& text) {
  auto duration = parse_duration(text);
  if (!duration || *duration > core::Duration::zero()) return duration;
  return usage_error(quoted(text) + " is not positive");
}

Expected<int> parse_threshold(const std::string& text) {
  constexpr int kMost = 1'000'000;
  return parse_int(text, 1, kMost, "a number of at least 1");
}

}  // namespace

void CandidateLine::add_identity_and_timing(CandidateOptions& into, bool any_ttl) {
  flags.group("Election", true);
  flags
      .text("--id", "NAME", "this candidate's name (default: the host name)", into.id,
            candidate_problem)
      .common();
  flags.group("Timing", true);
  flags
      .value("--ttl,--lease-duration", "DURATION", "how long a lease is valid (default 10s)",
             store(ttl_, any_ttl ? parse_go_duration : parse_duration), Flag::Kind::kDuration)
      .common();
  flags.duration("--renew-deadline",
                 "how long a leader relies on its last renewal (default: 2/3 of --ttl, and always "
                 "at least 1s less than --ttl)",
                 renew_deadline_, parse_duration);
  flags.duration(
      "--retry-period",
      "time between renewals, and between attempts to acquire the lock (default: 1/5 of --ttl)",
      retry_period_, parse_duration);
}

Flag& CandidateLine::add_http(CandidateOptions& into) {
  flags.group("Sidecar");
  return flags.value("--http", "HOST:PORT", "serve the HTTP API on HOST:PORT or unix:/PATH",
                     unless_empty(store(into.http, parse_http_address)));
}

void CandidateLine::add_cluster(CandidateOptions& into) {
  flags.group("Cluster");
  flags.toggle("--events", "record events on the lock object (default true)", into.cluster.events);
  flags.value("--label-pod", "KEY=VALUE",
              "label to set on this pod (POD_NAME, or the host name) while it leads",
              unless_empty(store(into.cluster.label, parse_label)));
  flags.list("--rbac-pods", "NAME",
             "with --print-rbac: limit the permissions of --label-pod to this pod; may be repeated",
             rbac_pods_, object_name_problem);
  const Flag& url = flags.text(
      "--health-url", "URL", "compete and lead only while this URL answers with status 200 to 399",
      health_.url,
      [](std::string_view text) { return text.empty() ? std::nullopt : probed_url_problem(text); });
  flags.duration("--health-interval", "time between health checks (default 5s)", health_.interval,
                 parse_positive);
  flags.duration("--health-timeout", "time limit of one health check (default 2s)", health_.timeout,
                 parse_positive);
  flags.value("--health-threshold", "N",
              "failed checks in a row that count as unhealthy (default 3)",
              store(health_.threshold, parse_threshold));
  for (const char* flag : kHealthFlags) flags.need(flags[flag], url);
}

Failure CandidateLine::finish_candidate(CandidateOptions& options,
                                        std::vector<std::string>* warnings) {
  if (auto failure = finish_identity(options)) return failure;
  if (auto failure = finish_timing(options, warnings)) return failure;
  if (!health_.url.empty()) options.cluster.health = health_;
  finish_rbac(flags, options);
  if (options.print_rbac) options.print_rbac->pods = rbac_pods_;
  if (!options.cluster.label) return std::nullopt;
  std::string& pod = options.cluster.label->pod;
  pod = surroundings_.pod_name.empty() ? surroundings_.host_name() : surroundings_.pod_name;
  if (const auto problem = object_name_problem(pod)) {
    return flags["label-pod"].wrong("the pod's name, from POD_NAME or the host, " + *problem);
  }
  return std::nullopt;
}

Failure CandidateLine::finish_identity(CandidateOptions& options) const {
  if (flags["id"].is_given()) return std::nullopt;
  options.id = surroundings_.host_name();
  if (const auto problem = identity_problem(options.id)) {
    return usage_error("--id: not given, and the host name " + *problem + "; give --id=NAME");
  }
  return std::nullopt;
}

Failure CandidateLine::finish_timing(CandidateOptions& options,
                                     std::vector<std::string>* warnings) const {
  constexpr seconds kShortest(2);
  constexpr seconds kLongest(std::numeric_limits<std::int32_t>::max());
  const Flag& ttl = flags["ttl"];
  const core::Duration wanted = ttl_.value_or(core::Timing().lease_duration);
  auto lease = std::chrono::duration_cast<seconds>(wanted);
  if (warnings != nullptr && wanted > core::Duration::zero()) {
    lease = std::clamp(std::chrono::ceil<seconds>(wanted), kShortest, kLongest);
    if (lease != wanted) {
      warnings->push_back(ttl.cited() + " is rounded to " + format_duration(lease) +
                          ": a lease lasts a whole number of seconds, from 2s to " +
                          format_duration(kLongest));
    }
  } else if (lease != wanted) {
    return ttl.wrong(quoted(ttl.text()) +
                     " is not a whole number of seconds, and a lease cannot record anything else");
  }
  core::Timing timing = core::Timing::from_lease_duration(lease);
  timing.renew_deadline = renew_deadline_.value_or(timing.renew_deadline);
  timing.retry_period = retry_period_.value_or(timing.retry_period);
  options.timing = timing;
  return check_timing(timing);
}

// Checks the rules between the three durations; an error quotes those that were given.
Failure CandidateLine::check_timing(const core::Timing& timing) const {
  // Clamped: extreme values still break the same rules, but check() cannot overflow when it
  // multiplies.
  core::Timing limited = timing;
  limited.renew_deadline = std::max(timing.renew_deadline, core::Duration::zero());
  limited.retry_period =
      std::min(timing.retry_period, std::max(limited.renew_deadline, core::Duration(1)));
  const auto problem = limited.check();
  if (!problem) return std::nullopt;
  std::string cited;
  for (const char* flag : kTimingFlags) {
    if (flags[flag].is_given()) cited += (cited.empty() ? "" : ", ") + flags[flag].cited();
  }
  std::string sentence = cited + ": " + *problem;
  // The ttl alone breaks only rules about itself; for other rules, show all three values.
  if (renew_deadline_ || retry_period_) {
    sentence += " (lease duration " + format_duration(timing.lease_duration) + ", renew deadline " +
                format_duration(timing.renew_deadline) + ", retry period " +
                format_duration(timing.retry_period) + ")";
  }
  return usage_error(sentence);
}

}  // namespace elector::cmd
