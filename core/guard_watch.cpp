#include "core/guard_watch.h"

#include <algorithm>
#include <chrono>

namespace elector::core {

// Half of the time that the guard keeps for the dying is left to it; the rest is for the dying of
// what elector has to kill.
void GuardWatch::begin(TermLimits limits) {
  for_dying_ = (limits.gone_by - latest_kill(limits)) / 2;
  kill_at_ = limits.gone_by - for_dying_;
  killing_since_.reset();
}

void GuardWatch::extend(TermLimits limits) {
  if (kill_at_) begin(limits);
}

void GuardWatch::end(BootTime gone_by) {
  if (kill_at_) kill_at_ = std::min(*kill_at_, gone_by - for_dying_);
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
  kill_at_ = now + kill_again_after(now - *killing_since_);
  if (!first) return {Action::kKillCommand};
  return {Action::kAsk, Action::kKillCommand};
}

std::optional<BootTime> GuardWatch::next_wake() const {
  if (unanswered_.empty()) return kill_at_;
  const BootTime until = unanswered_.front().until;
  return kill_at_ ? std::min(*kill_at_, until) : until;
}

}  // namespace elector::core
