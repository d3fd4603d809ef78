#include "core/leader_watcher.h"

#include <algorithm>
#include <chrono>
#include <utility>

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

LockState LeaderWatcher::state_of(const Lock& lock, BootTime now) {
  if (lock.given_up || !lock.tracker.known()) return LockState::kAbsent;
  if (lock.tracker.names_holder()) {
    return now < lock.runs_out ? LockState::kHeld : LockState::kExpired;
  }
  return judge(lock.tracker.seen(), WallTime{}).state;
}

// Returns the first lock with a record, otherwise the first whose object exists.
std::size_t LeaderWatcher::choose() const {
  const auto shows = [](const Lock& lock, bool record) {
    if (lock.given_up || !lock.tracker.known()) return false;
    const Content content = lock.tracker.seen().content;
    return content != Content::kAbsent && (!record || content != Content::kEmpty);
  };
  for (const bool record : {true, false}) {
    for (std::size_t i = 0; i < locks_.size(); ++i) {
      if (shows(locks_[i], record)) return i;
    }
  }
  return 0;
}

// looked_at: the lock that was looked at; nothing means the one that counts. Looking at another
// lock does not end a record: the one that counts must be looked at first.
std::optional<LeaderChange> LeaderWatcher::settle(BootTime now,
                                                  std::optional<std::size_t> looked_at) {
  if (!known()) return std::nullopt;
  settled_at_ = now;
  const bool still_counts = choose() == shown_;
  shown_ = choose();
  const Lock& lock = locks_[shown_];
  const bool waits_for_a_look = told_ && still_counts && looked_at.value_or(shown_) != shown_ &&
                                standing_.state == LockState::kHeld;
  const LockState state = state_of(lock, waits_for_a_look ? std::min(now, lock.changed_at) : now);
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
