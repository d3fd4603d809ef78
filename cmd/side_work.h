// What goes on beside the election, for `run` and `exec` alike: the HTTP pages, the metrics, the
// events, the pod's label, the health of the application. None of it can hold up a renewal, and
// only an application that is not healthy has a say in who leads.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cmd/candidate.h"
#include "cmd/candidate_metrics.h"
#include "cmd/event_recorder.h"
#include "cmd/health_watch.h"
#include "cmd/leader_pages.h"
#include "cmd/log.h"
#include "cmd/options.h"
#include "cmd/pod_labeller.h"
#include "cmd/session.h"
#include "core/election.h"

namespace elector::cmd {

class SideWork {
 public:
  struct Setup {
    bool guards_child = false;  // `exec`
    // See LeaderPages::Setup.
    std::function<std::string()> trouble;
  };

  // All of these must outlive this. Call it before the candidate is started. Fails as
  // LeaderPages::serve() and HealthWatch::begin() do.
  static kube::Expected<std::unique_ptr<SideWork>> begin(Session& session, const Log& log,
                                                         const CandidateOptions& options,
                                                         Candidate& candidate, Setup setup);
  ~SideWork();
  SideWork(const SideWork&) = delete;
  SideWork& operator=(const SideWork&) = delete;

  // Everything that the candidate reports, before its owner acts on it.
  void on_report(const core::Report& report);
  // Tells the candidate, which gives the lock back, and then those that tell others.
  void work_stopped();
  // Before the program ends, with the lock given back: lets what is on its way out, for a moment at
  // most.
  void finish();

  CandidateMetrics& metrics() { return metrics_; }
  // Whether the application is known not to be healthy.
  bool unhealthy() const { return health_ && health_->unhealthy(); }

 private:
  SideWork(Session& session, const Log& log, const CandidateOptions& options, Candidate& candidate,
           bool guards_child);

  Session& session_;
  Candidate& candidate_;
  CandidateMetrics metrics_;
  std::unique_ptr<EventRecorder> events_;
  std::unique_ptr<PodLabeller> labeller_;
  std::unique_ptr<HealthWatch> health_;
  std::unique_ptr<LeaderPages> pages_;
};

}  // namespace elector::cmd
