// SPDX-License-Identifier: Apache-2.0
// What `run` and `exec` offer beside the election: the HTTP pages, the metrics, the events, the
// pod's label, the application's health. None of it can delay a renewal, and only an unhealthy
// application affects who leads.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cmd/candidate/candidate.h"
#include "cmd/candidate/event_recorder.h"
#include "cmd/candidate/health_checker.h"
#include "cmd/candidate/http_pages.h"
#include "cmd/candidate/metrics.h"
#include "cmd/candidate/pod_labeler.h"
#include "cmd/cli/options.h"
#include "cmd/output/log.h"
#include "core/election.h"
#include "kube/session.h"

namespace elector::cmd {

class Services {
 public:
  struct Setup {
    bool guards_child = false;  // `exec`
    // See HttpPages::Setup.
    std::function<std::string()> trouble;
  };

  // The arguments must outlive the result. Must be called before the candidate is started. Fails as
  // HttpPages::serve() and HealthChecker::begin() do.
  static Expected<std::unique_ptr<Services>> begin(kube::Session& session, const Log& log,
                                                   const CandidateOptions& options,
                                                   Candidate& candidate, Setup setup);
  ~Services();
  Services(const Services&) = delete;
  Services& operator=(const Services&) = delete;

  // Takes every report of the candidate, before its owner acts on it.
  void on_report(const core::Report& report);
  // Passes it to the candidate, which releases the lock, and then to the event recorder.
  void work_stopped();
  // Call before the program exits, with the lock released: lets pending events and label patches
  // finish, for one second at most.
  void finish();

  CandidateMetrics& metrics() { return metrics_; }
  // Whether the application is known to be unhealthy.
  bool unhealthy() const { return health_ && health_->unhealthy(); }

 private:
  Services(kube::Session& session, const Log& log, const CandidateOptions& options,
           Candidate& candidate, bool guards_child);

  kube::Session& session_;
  Candidate& candidate_;
  CandidateMetrics metrics_;
  std::unique_ptr<EventRecorder> events_;
  std::unique_ptr<PodLabeler> labeler_;
  std::unique_ptr<HealthChecker> health_;
  std::unique_ptr<HttpPages> pages_;
};

}  // namespace elector::cmd
