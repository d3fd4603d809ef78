// SPDX-License-Identifier: Apache-2.0
#include "core/job_course.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "core/exit_code.h"

namespace elector::core {

BootTime gone_by_after_loss(LossReason reason, BootTime hold_until, BootTime gone_by) {
  const bool another_may_lead = reason == LossReason::kTaken || reason == LossReason::kForced;
  return another_may_lead ? std::min(hold_until, gone_by) : gone_by;
}

BootTime kill_after_loss(TermLimits limits, BootTime gone_by, BootTime end_of_grace,
                         std::size_t processes) {
  const auto earlier = limits.gone_by - gone_by;
  if (earlier <= Duration::zero()) return end_of_grace;
  const TermLimits shorter{.hold_until = limits.hold_until - earlier, .gone_by = gone_by};
  return std::min(end_of_grace, latest_kill(shorter, processes));
}

void JobCourse::elected() {
  assert(!job_there_ && !job_done_ && "the command runs once, and ends once");
  in_office_ = true;
  job_there_ = true;
}

JobCourse::Next JobCourse::stop_work(StopReason reason) {
  in_office_ = false;
  if (job_there_) {
    if (reason == StopReason::kRequest && exit_on_loss_ && !job_done_) leave(kExitExecFailed);
    return Next::kEndJob;
  }
  // During --hold: standing again would start a command that has already ended.
  if (job_done_) leave(*code_);
  return Next::kGiveBack;
}

JobCourse::Next JobCourse::lost() {
  in_office_ = false;
  if (exit_on_loss_ && !job_done_) leave(kExitExecFailed);
  if (job_there_) return Next::kEndJob;
  if (job_done_) leave(*code_);  // during --hold
  return Next::kGiveBack;
}

void JobCourse::ended(int code) {
  job_done_ = true;
  if (!code_) code_ = code;
}

JobCourse::Next JobCourse::gone(bool holds, bool hold_over) {
  job_there_ = false;
  if (!in_office_) {
    if (signalled_) leave(kExitBySignal + stopped_by_);
    if (job_done_) leave(*code_);
    return Next::kGiveBack;
  }
  if (job_done_) {
    if (!hold_over) return Next::kHold;
    leave(*code_);
    return Next::kNothing;  // leaving asks for the end of the term
  }
  // The guard took the hold to be over, and ended the command on its own.
  if (!holds) return Next::kNothing;  // the hold is over: lost() follows
  if (exit_on_loss_) {
    leave(kExitExecFailed);
    return Next::kNothing;
  }
  job_there_ = true;
  return Next::kAgain;
}

void JobCourse::guard_lost() {
  in_office_ = false;
  leave(kExitExecFailed);
}

bool JobCourse::stop_by_signal(int signal) {
  stopped_by_ = signal;
  const bool first = !std::exchange(signalled_, true);
  if (!job_there_) leave(kExitBySignal + signal);
  return first;
}

void JobCourse::leave(int code) {
  if (!code_) code_ = code;
  leaving_ = true;
}

std::optional<int> JobCourse::exit_code() const {
  return leaving_ && !job_there_ ? code_ : std::nullopt;
}

}  // namespace elector::core
