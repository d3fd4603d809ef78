// SPDX-License-Identifier: Apache-2.0
#include "core/guard.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace elector::core {

void Guard::begin(TermLimits limits, BootTime now) {
  assert(phase_ == Phase::kIdle);
  limits_ = limits;
  processes_ = 0;
  lapsed_ = false;
  cut_short_ = false;
  child_runs_ = false;
  if (now >= limits.hold_until) {
    actions_.push_back(Action::kGone);
    return;
  }
  phase_ = Phase::kRunning;
  actions_.push_back(Action::kStart);
}

bool Guard::extend(TermLimits limits, BootTime now) {
  tick(now);
  if (phase_ == Phase::kIdle || lapsed_) return false;
  limits_.hold_until = std::max(limits_.hold_until, limits.hold_until);
  limits_.gone_by = std::max(limits_.gone_by, limits.gone_by);
  return true;
}

bool Guard::may_run(BootTime now) const {
  return phase_ == Phase::kRunning && now < limits_.hold_until;
}

void Guard::end(BootTime kill_by, BootTime now) {
  tick(now);
  if (phase_ == Phase::kRunning) {
    begin_end(kill_by);
  } else if (phase_ == Phase::kEnding) {
    kill_at_ = std::min(kill_at_, kill_by);
  }
  tick(now);
}

void Guard::orphaned(BootTime now) {
  end(now + grace_, now);
}

void Guard::not_started() {
  // A process that was forked is reaped like a child; ECHILD ends the term.
  child_runs_ = false;
}

void Guard::child_ended(BootTime now) {
  if (!std::exchange(child_runs_, false)) return;
  if (phase_ == Phase::kRunning) {
    phase_ = Phase::kEnding;
    kill_at_ = now + grace_;
  }
  if (phase_ == Phase::kEnding) actions_.push_back(Action::kAskTheRest);
}

void Guard::tree_gone() {
  if (phase_ == Phase::kIdle) return;
  actions_.push_back(Action::kGone);  // first, because it may fail for lack of memory
  phase_ = Phase::kIdle;
  child_runs_ = false;
}

void Guard::begin_end(BootTime kill_by) {
  phase_ = Phase::kEnding;
  kill_at_ = kill_by;
  actions_.push_back(Action::kAskToStop);
}

void Guard::tick(BootTime now) {
  if (busy() && now >= limits_.hold_until) lapsed_ = true;
  if (phase_ == Phase::kRunning && lapsed_) begin_end(now + grace_);
  if (phase_ == Phase::kEnding && now >= std::min(kill_at_, latest_kill(limits_, processes_))) {
    phase_ = Phase::kKilling;
    cut_short_ = now < kill_at_;
    kill_again_at_ = now;
    killing_since_ = now;
    stuck_ = false;
  }
  if (phase_ == Phase::kKilling && now >= kill_again_at_) {
    kill_again_at_ = now + kill_again_after(now - killing_since_, processes_);
    actions_.push_back(Action::kKillAll);
    if (is_stuck(now - killing_since_, processes_) && !std::exchange(stuck_, true)) {
      actions_.push_back(Action::kStuck);
    }
  }
}

std::vector<Guard::Action> Guard::take_actions() {
  return std::exchange(actions_, {});
}

std::optional<BootTime> Guard::next_wake() const {
  switch (phase_) {
    case Phase::kIdle:
      return std::nullopt;
    case Phase::kRunning:
      return limits_.hold_until;
    case Phase::kEnding:
      return std::min(kill_at_, latest_kill(limits_, processes_));
    case Phase::kKilling:
      return kill_again_at_;
  }
  return std::nullopt;
}

}  // namespace elector::core
