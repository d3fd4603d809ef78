// SPDX-License-Identifier: Apache-2.0
#include "core/guard_watch.h"

#include <algorithm>
#include <chrono>

namespace elector::core {

// A guard that kills at the last moment gets an eighth of the time between the end of the hold and
// K to report that. A guard that has reported it may kill until an eighth is left before K:
// processes that elector must kill after all take that long to die.
void GuardWatch::expect() {
  const Duration eighth = (limits_.gone_by - limits_.hold_until) / 8;
  kill_at_ = guard_kills_ ? limits_.gone_by - eighth : latest_kill(limits_, processes_) + eighth;
}

void GuardWatch::begin(TermLimits limits) {
  limits_ = limits;
  processes_ = 0;
  guard_kills_ = false;
  killing_since_.reset();
  expect();
}

void GuardWatch::extend(TermLimits limits) {
  if (!kill_at_) return;
  limits_ = limits;
  killing_since_.reset();
  expect();
}

void GuardWatch::counted(std::size_t processes) {
  processes_ = processes;
  if (kill_at_ && !killing_since_) expect();
}

void GuardWatch::kills() {
  guard_kills_ = true;
  if (kill_at_ && !killing_since_) expect();
}

void GuardWatch::end(BootTime gone_by) {
  if (!kill_at_ || gone_by >= limits_.gone_by) return;
  limits_.hold_until -= limits_.gone_by - gone_by;
  limits_.gone_by = gone_by;
  if (!killing_since_) expect();
}

void GuardWatch::answered(std::uint64_t serial) {
  while (!unanswered_.empty() && unanswered_.front().serial <= serial) unanswered_.pop_front();
}

std::vector<GuardWatch::Action> GuardWatch::tick(BootTime now) {
  if (!unanswered_.empty() && now >= unanswered_.front().until) {
    unanswered_.clear();
    kill_at_.reset();
    return {Action::kGiveUp};
  }
  if (!kill_at_ || now < *kill_at_) return {};
  const bool first = !killing_since_;
  if (first) killing_since_ = now;
  kill_at_ = now + kill_again_after(now - *killing_since_, processes_);
  if (!first) return {Action::kKillCommand};
  return {Action::kAsk, Action::kKillCommand};
}

std::optional<BootTime> GuardWatch::next_wake() const {
  if (unanswered_.empty()) return kill_at_;
  const BootTime until = unanswered_.front().until;
  return kill_at_ ? std::min(*kill_at_, until) : until;
}

}  // namespace elector::core
