// SPDX-License-Identifier: Apache-2.0
#include "cmd/candidate/event_recorder.h"

#include <chrono>
#include <memory>
#include <utility>

#include "kube/http/api_status.h"
#include "kube/lock/event.h"
#include "kube/lock/lock_request.h"

namespace elector::cmd {

EventRecorder::~EventRecorder() {
  for (const kube::Client::Id id : sent_) client_.cancel(id);
}

void EventRecorder::on_report(const core::Report& report) {
  using Kind = core::Report::Kind;
  if (report.kind == Kind::kElected) {
    leads_ = true;
    record("became leader");
  } else if (report.kind == Kind::kLost || report.kind == Kind::kReleased ||
             report.kind == Kind::kReleaseFailed) {
    work_stopped();
  }
}

void EventRecorder::work_stopped() {
  if (std::exchange(leads_, false)) record("stopped leading");
}

void EventRecorder::record(const std::string& what) {
  if (forbidden_) return;
  for (std::size_t lock = 0; lock < candidate_.setup().lock_kinds.size(); ++lock) send(lock, what);
}

void EventRecorder::send(std::size_t lock, const std::string& what) {
  const CandidateSetup& setup = candidate_.setup();
  const auto& object = candidate_.last_object(lock);
  kube::HttpRequest request = kube::event_request(
      {setup.lock_kinds[lock], setup.name_space, setup.election}, object ? *object : "",
      {.identity = setup.identity, .what = what, .when = kube::now().wall});
  request.timeout = std::chrono::seconds(5);
  // send() runs no callback, so the id is known before the answer.
  const auto id = std::make_shared<kube::Client::Id>(0);
  *id = client_.send(std::move(request), [this, id](const kube::HttpResponse& response) {
    sent_.erase(*id);
    on_answer(response);
  });
  sent_.insert(*id);
}

void EventRecorder::on_answer(const kube::HttpResponse& response) {
  if (response.ok()) return;
  log_.debug("cannot record an event: " +
             kube::describe_failure(response, client_.connection().server));
  // Any other error concerns this event only: an exhausted quota, for example, may have room later.
  if (!kube::lacks_permission(response)) return;
  forbidden_ = true;
  candidate_.log_missing({.verb = "create",
                          .group = "",
                          .resource = "events",
                          .name = "",
                          .name_space = candidate_.setup().name_space},
                         false);
}

}  // namespace elector::cmd
