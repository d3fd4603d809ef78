// SPDX-License-Identifier: Apache-2.0
#include "cmd/candidate/metrics.h"

#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <utility>

namespace elector::cmd {
namespace {

using Type = Metrics::Type;

// client-go's name, labels and words (k8s.io/component-base/metrics/prometheus/clientgo).
constexpr std::string_view kStatus = "leader_election_master_status";
constexpr std::string_view kTerms = "elector_terms_total";
constexpr std::string_view kTransitions = "elector_lock_transitions";
constexpr std::string_view kChanges = "elector_leader_changes_total";
constexpr std::string_view kRenewals = "elector_renewals_total";
constexpr std::string_view kRenewalTime = "elector_renewal_duration_seconds";
constexpr std::string_view kHold = "elector_hold_seconds";
constexpr std::string_view kObserved = "elector_lock_observed_age_seconds";
constexpr std::string_view kLastSeen = "elector_lock_last_seen_timestamp_seconds";
constexpr std::string_view kRequests = "elector_api_requests_total";
constexpr std::string_view kWatches = "elector_watch_restarts_total";
constexpr std::string_view kChildStarts = "elector_child_starts_total";
constexpr std::string_view kChildExits = "elector_child_exits_total";
constexpr std::string_view kChildKills = "elector_child_kills_total";
constexpr std::string_view kBuild = "elector_build_info";

std::string_view result_word(core::Outcome outcome) {
  switch (outcome) {
    case core::Outcome::kOk:
      return "ok";
    case core::Outcome::kConflict:
      return "conflict";
    case core::Outcome::kNotFound:
      return "not_found";
    case core::Outcome::kForbidden:
      return "forbidden";
    case core::Outcome::kRefused:
      return "refused";
    case core::Outcome::kUnknown:
      break;
  }
  return "unanswered";
}

double seconds(core::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

CandidateMetrics::CandidateMetrics(const Candidate& candidate, bool guards_child)
    : candidate_(candidate) {
  metrics_.declare(kStatus, Type::kGauge,
                   "Gauge of if the reporting system is master of the relevant lease, 0 indicates "
                   "backup, 1 indicates master. 'name' is the string used to identify the lease. "
                   "Please make sure to group by name.");
  metrics_.declare(kTerms, Type::kCounter, "Terms that this process has led.");
  metrics_.declare(kTransitions, Type::kGauge, "Leader transitions that the lock records.");
  metrics_.declare(kChanges, Type::kCounter, "Leader changes that this process has observed.");
  metrics_.declare(kRenewals, Type::kCounter, "Lease renewals, by result.");
  metrics_.declare(kHold, Type::kGauge,
                   "Time that this process may still lead; 0 if it does not lead.");
  metrics_.declare(kObserved, Type::kGauge, "Time since the lock was last observed.");
  metrics_.declare(kLastSeen, Type::kGauge, "Unix time when the lock was last observed.");
  metrics_.declare(kRequests, Type::kCounter, "Requests to the API server, by verb and status.");
  metrics_.declare(kWatches, Type::kCounter, "Watches that were restarted.");
  metrics_.declare(kBuild, Type::kGauge, "The version of the program.");
  metrics_.declare_histogram(kRenewalTime, "Time from sending a renewal to its answer.",
                             {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10});
  metrics_.set(kBuild, {{"version", ELECTOR_VERSION}}, 1);
  metrics_.add(kRenewals, {{"result", "ok"}}, 0);
  if (!guards_child) return;
  metrics_.declare(kChildStarts, Type::kCounter, "Times the command was started.");
  metrics_.declare(kChildExits, Type::kCounter, "Times the command ended, by result.");
  metrics_.declare(kChildKills, Type::kCounter,
                   "Times the command, or what it left running, had to be killed.");
  metrics_.add(kChildExits, {{"result", "ok"}}, 0);
}

void CandidateMetrics::on_report(const core::Report& report) {
  if (report.kind == core::Report::Kind::kLeaderChanged) metrics_.add(kChanges);
  if (report.kind == core::Report::Kind::kElected) metrics_.add(kTerms);
}

void CandidateMetrics::on_renewal(core::Outcome outcome, core::Duration took) {
  metrics_.add(kRenewals, {{"result", result_word(outcome)}});
  metrics_.observe(kRenewalTime, seconds(took));
}

void CandidateMetrics::on_request(std::string_view verb, int status) {
  const std::string code = status == 0 ? "none" : std::to_string(status);
  metrics_.add(kRequests, {{"verb", verb}, {"code", code}});
  if (verb == "WATCH" && ++watches_ > candidate_.setup().lock_kinds.size()) metrics_.add(kWatches);
}

void CandidateMetrics::child_started() {
  killed_ = false;
  metrics_.add(kChildStarts);
}

void CandidateMetrics::child_ended(int wait_status, bool asked) {
  if (asked && WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGKILL) child_killed();
  const std::string_view result = WIFSIGNALED(wait_status)        ? "signal"
                                  : WEXITSTATUS(wait_status) == 0 ? "ok"
                                                                  : "error";
  metrics_.add(kChildExits, {{"result", result}});
}

void CandidateMetrics::child_killed() {
  if (!std::exchange(killed_, true)) metrics_.add(kChildKills);
}

std::string CandidateMetrics::text() {
  const core::View view = candidate_.view();
  const auto [at, wall] = kube::now();
  metrics_.set(kStatus, {{"name", candidate_.setup().election}}, view.is_leader ? 1 : 0);
  const bool holds = view.is_leader && view.expires_at;
  metrics_.set(kHold, {}, holds ? seconds(std::max(*view.expires_at - at, core::Duration(0))) : 0);
  if (view.observed) {
    const core::Duration age = at - view.observed_at;
    metrics_.set(kObserved, {}, seconds(age));
    metrics_.set(kLastSeen, {}, seconds(wall.time_since_epoch() - age));
  }
  metrics_.unset(kTransitions);
  if (view.record) metrics_.set(kTransitions, {}, static_cast<double>(view.record->transitions));
  return metrics_.text();
}

}  // namespace elector::cmd
