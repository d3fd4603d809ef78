// SPDX-License-Identifier: Apache-2.0
#include "cmd/candidate/services.h"

#include <chrono>
#include <utility>

namespace elector::cmd {

Services::Services(kube::Session& session, const Log& log, const CandidateOptions& options,
                   Candidate& candidate, bool guards_child)
    : session_(session), candidate_(candidate), metrics_(candidate, guards_child) {
  session_.client().observe(
      [this](std::string_view verb, int status) { metrics_.on_request(verb, status); });
  candidate_.observe_renewals(
      [this](core::Outcome outcome, core::Duration took) { metrics_.on_renewal(outcome, took); });
  if (options.cluster.events) {
    events_ = std::make_unique<EventRecorder>(session.client(), log, candidate);
  }
  if (options.cluster.label) {
    labeler_ = std::make_unique<PodLabeler>(session.poller(), session.client(), log, candidate,
                                            *options.cluster.label);
  }
}

Services::~Services() {
  session_.client().observe({});
  candidate_.observe_renewals({});
}

Expected<std::unique_ptr<Services>> Services::begin(kube::Session& session, const Log& log,
                                                    const CandidateOptions& options,
                                                    Candidate& candidate, Setup setup) {
  std::unique_ptr<Services> work(
      new Services(session, log, options, candidate, setup.guards_child));
  if (options.http) {
    Services* const self = work.get();
    auto pages = HttpPages::serve(session.poller(), *options.http, candidate, log,
                                  {.trouble = std::move(setup.trouble),
                                   .metrics = [self] { return self->metrics_.text(); },
                                   .as_in_2016 = options.legacy});
    if (!pages) return pages.error();
    work->pages_ = std::move(*pages);
  }
  if (options.cluster.health) {
    candidate.set_fit(false);
    const auto note = [&candidate, &log](bool healthy, const std::string& finding) {
      if (healthy) {
        log.info("health check passed: " + finding);
      } else {
        log.warn("health check failed, so this process does not lead: " + finding);
      }
      candidate.set_fit(healthy);
    };
    auto health = HealthChecker::begin(session.poller(), *options.cluster.health, note);
    if (!health) return health.error();
    work->health_ = std::move(*health);
  }
  return work;
}

void Services::on_report(const core::Report& report) {
  metrics_.on_report(report);
  if (pages_) pages_->publish();
  if (labeler_) labeler_->on_report(report);
  if (events_) events_->on_report(report);
}

void Services::work_stopped() {
  candidate_.work_stopped();
  if (events_) events_->work_stopped();
}

void Services::finish() {
  constexpr core::Duration kMoment = std::chrono::seconds(1);
  const auto at_rest = [this] {
    return (!events_ || events_->at_rest()) && (!labeler_ || labeler_->at_rest());
  };
  session_.poller().run_until(at_rest, kMoment);
}

}  // namespace elector::cmd
