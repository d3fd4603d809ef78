// SPDX-License-Identifier: Apache-2.0
#include "core/leader_watcher.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/holder_clock.h"

namespace elector::core {
namespace {

// The next holder may have seen the last renewal this much earlier than this observer did.
constexpr Duration kSlack = std::chrono::seconds(1);

// Minimum time between two looks at a lock without a holder.
constexpr Duration kLookAgain = std::chrono::seconds(10);

}  // namespace

std::optional<LeaderChange> LeaderWatcher::observe(std::size_t index, const Observation& seen,
                                                   Source source,
                                                   std::optional<WallTime> server_now,
                                                   BootTime now) {
  Lock& lock = locks_.at(index);
  const bool first = !lock.tracker.known();
  const Observation before = lock.tracker.seen();
  if (lock.tracker.observe(seen, source, now) == Change::kRecord) {
    // Measured from when the earlier record appeared: the object may have been edited in between.
    const Duration elapsed = now - std::exchange(lock.changed_at, now);
    if (lock.tracker.names_holder()) {
      lock.runs_out = now + left_of(first ? nullptr : &before, seen, elapsed, server_now);
      lock.clock_error = !first && is_seen_renewal(before, seen, elapsed)
                             ? clock_error_of_renewal(seen, server_now, Duration::zero())
                         : server_now ? clock_error(seen, *server_now)
                                      : std::nullopt;
    }
  }
  lock.given_up = false;
  return settle(now, index);
}

std::optional<LeaderChange> LeaderWatcher::give_up(std::size_t lock, BootTime now) {
  locks_.at(lock).given_up = true;
  return settle(now, lock);
}

std::optional<LeaderChange> LeaderWatcher::tick(BootTime now) {
  return settle(now, std::nullopt);
}

std::optional<BootTime> LeaderWatcher::next_wake() const {
  if (!told_) return std::nullopt;
  const Lock& lock = locks_[shown_];
  if (standing_.state == LockState::kHeld) return lock.runs_out;
  return settled_at_ + std::max(kLookAgain, lock.tracker.last_duration());
}

bool LeaderWatcher::known() const {
  return std::all_of(locks_.begin(), locks_.end(),
                     [](const Lock& lock) { return lock.given_up || lock.tracker.known(); });
}

std::optional<Duration> LeaderWatcher::left(BootTime now) const {
  const Lock& lock = locks_[shown_];
  if (!told_ || lock.given_up || !lock.tracker.names_holder()) return std::nullopt;
  return lock.runs_out - now;
}

std::optional<Duration> LeaderWatcher::clock_error_of_leader() const {
  if (!told_ || standing_.state != LockState::kHeld) return std::nullopt;
  return locks_[shown_].clock_error;
}

LockState LeaderWatcher::state_of(const Lock& lock, BootTime now) {
  if (lock.given_up || !lock.tracker.known()) return LockState::kAbsent;
  if (lock.tracker.names_holder()) {
    return now < lock.runs_out ? LockState::kHeld : LockState::kExpired;
  }
  return judge(lock.tracker.seen(), WallTime{}).state;
}

// looked_at: the lock that was looked at; nothing means the one that counts. Looking at another
// lock does not end a record: the one that counts must be looked at first.
std::vector<ShownLock> LeaderWatcher::shown(BootTime now,
                                            std::optional<std::size_t> looked_at) const {
  std::vector<ShownLock> shown;
  for (std::size_t i = 0; i < locks_.size(); ++i) {
    const Lock& lock = locks_[i];
    const bool waits_for_a_look = told_ && i == shown_ && looked_at.value_or(shown_) != shown_ &&
                                  standing_.state == LockState::kHeld;
    const LockState state = state_of(lock, waits_for_a_look ? std::min(now, lock.changed_at) : now);
    shown.push_back({.content = lock.tracker.seen().content, .state = state});
  }
  return shown;
}

std::optional<LeaderChange> LeaderWatcher::settle(BootTime now,
                                                  std::optional<std::size_t> looked_at) {
  if (!known()) return std::nullopt;
  settled_at_ = now;
  const std::vector<ShownLock> all = shown(now, looked_at);
  shown_ = choose_lock(all);
  const Lock& lock = locks_[shown_];
  const LockState state = all[shown_].state;
  Standing next{.state = state};
  if (lock.tracker.known()) next = standing_of(lock.tracker.seen(), state);
  const bool had_run_out = runs_out_ <= now + kSlack;
  auto change = told_ ? change_between(standing_, next, had_run_out) : std::nullopt;
  told_ = true;
  standing_ = std::move(next);
  runs_out_ = lock.runs_out;
  return change;
}

}  // namespace elector::core
