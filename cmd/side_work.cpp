// See side_work.h.
#include "cmd/side_work.h"

#include <utility>

namespace elector::cmd {

SideWork::SideWork(Session& session, Candidate& candidate, bool guards_child)
    : session_(session), candidate_(candidate), metrics_(candidate, guards_child) {
  session_.client().observe(
      [this](std::string_view verb, int status) { metrics_.on_request(verb, status); });
  candidate_.observe_renewals(
      [this](core::Outcome outcome, core::Duration took) { metrics_.on_renewal(outcome, took); });
}

SideWork::~SideWork() {
  session_.client().observe({});
  candidate_.observe_renewals({});
}

kube::Expected<std::unique_ptr<SideWork>> SideWork::begin(Session& session, const Log& log,
                                                          const CandidateOptions& options,
                                                          Candidate& candidate, Setup setup) {
  std::unique_ptr<SideWork> work(new SideWork(session, candidate, setup.guards_child));
  if (options.http) {
    SideWork* const self = work.get();
    auto pages = LeaderPages::serve(
        session.poller(), *options.http, candidate, log,
        {.trouble = std::move(setup.trouble), .metrics = [self] { return self->metrics_.text(); }});
    if (!pages) return pages.error();
    work->pages_ = std::move(*pages);
  }
  return work;
}

void SideWork::on_report(const core::Report& report) {
  metrics_.on_report(report);
  if (pages_) pages_->publish();
}

}  // namespace elector::cmd
