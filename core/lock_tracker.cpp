#include "core/lock_tracker.h"

#include <algorithm>

#include "core/lock_state.h"

namespace elector::core {
namespace {

// Own writes that are remembered. One is outstanding at a time, so more than a few can only be
// leftovers of ended terms; recognising those merely saves a wait.
constexpr std::size_t kRememberedWrites = 16;

}  // namespace

Change LockTracker::observe(const Observation& seen, Source source, BootTime now,
                            std::optional<WallTime> wall) {
  const bool older = known_ && compare_versions(seen.version, newest_version_) < 0;
  const bool rewound = source == Source::kRead && rewind_.read(older);
  if (older && !rewound) return Change::kOlder;
  if (rewound) newest_version_.clear();
  if (newest_version_.empty() || compare_versions(seen.version, newest_version_) > 0) {
    newest_version_ = seen.version;
  }
  const bool first = !known_;
  const bool changed = first || !same_record(seen, seen_);
  const bool moved = first || seen.version != seen_.version;
  known_ = true;
  seen_ = seen;
  observed_at_ = now;
  if (!changed) return moved ? Change::kOther : Change::kNone;
  over_at_first_ = first && wall && judge(seen, *wall).state == LockState::kExpired;
  if (holder_assumed_ && seen_.content != Content::kAbsent) {
    last_holder_.reset();  // now it shows itself
    holder_assumed_ = false;
  }
  if (seen_.content == Content::kRecord) {
    transitions_ = std::max(transitions_.value_or(0), seen_.record.transitions);
  }
  free_at_ = vacant_from(now);
  remember_holder();
  return Change::kRecord;
}

void LockTracker::exists_unseen(BootTime now) {
  if (seen_.content != Content::kAbsent) return;
  if (!last_holder_) {
    last_holder_ = Holder{.duration = own_lease_duration_, .instance = {}};
    holder_assumed_ = true;
  }
  free_at_ = now + last_holder_->duration;
}

bool LockTracker::forced() const {
  const Claim* claim = fresh_claim(seen_);
  return claim != nullptr && claim->holder.empty() && claim->forced;
}

Duration LockTracker::readable_duration() const {
  const Duration duration = seen_.record.lease_duration;
  return duration > Duration::zero() ? duration : own_lease_duration_;
}

Duration LockTracker::last_duration() const {
  return last_holder_ ? last_holder_->duration : Duration::zero();
}

// When the record that was just seen to change leaves the lock free. The rule for vacancies is
// design's: only a release in form, one by a holder that is not elector, or a forced one may be
// taken at once; all else is waited out for the last record's duration by whoever saw it held.
BootTime LockTracker::vacant_from(BootTime now) const {
  if (names_holder()) return now + readable_duration();
  if (seen_.content == Content::kUnreadable) {
    return now + std::max(own_lease_duration_, last_duration());
  }
  if (last_holder_) {
    if (seen_.content == Content::kRecord && released_in_form()) return now;
    return now + last_holder_->duration;
  }
  return emptied_under_unseen_holder() ? now + own_lease_duration_ : now;
}

bool LockTracker::released_in_form() const {
  if (last_holder_->instance.empty() || forced()) return true;
  const Claim* claim = fresh_claim(seen_);
  return claim != nullptr && claim->instance == last_holder_->instance;
}

// A vacancy that we did not see begin, with a claim beside it that names a holder: if the record's
// renewTime is still the claim's, or gone, nobody has written a record since that holder.
bool LockTracker::emptied_under_unseen_holder() const {
  if (!seen_.claim || seen_.claim->holder.empty()) return false;
  return seen_.content != Content::kRecord || !seen_.record.renew_time ||
         seen_.record.renew_time == seen_.claim->renew_time;
}

void LockTracker::remember_holder() {
  if (names_holder()) {
    const Claim* claim = fresh_claim(seen_);
    last_holder_ = Holder{.duration = readable_duration(),
                          .instance = claim != nullptr ? claim->instance : std::string()};
  } else if (seen_.content == Content::kUnreadable) {
    // Whatever wrote this may hold the lock in its own way. It is no elector.
    last_holder_ = Holder{.duration = std::max(own_lease_duration_, last_duration()),
                          .instance = last_holder_ ? last_holder_->instance : std::string()};
  } else if (seen_.content == Content::kRecord && last_holder_ && released_in_form()) {
    last_holder_.reset();
  }
}

void LockTracker::sent(const SentWrite& write) {
  sent_.push_back(write);
  if (sent_.size() <= kRememberedWrites) return;
  const SentWrite* shown = mine();  // while writes fail, it is the oldest, and what we stand on
  sent_.erase(&sent_.front() == shown ? sent_.begin() + 1 : sent_.begin());
}

void LockTracker::drop(std::uint64_t request) {
  std::erase_if(sent_, [&](const SentWrite& write) { return write.request == request; });
}

const SentWrite* LockTracker::find(std::uint64_t request) const {
  const auto it = std::find_if(sent_.begin(), sent_.end(),
                               [&](const SentWrite& write) { return write.request == request; });
  return it == sent_.end() ? nullptr : &*it;
}

const SentWrite* LockTracker::mine() const {
  if (seen_.content != Content::kRecord || !seen_.claim) return nullptr;
  const auto it = std::find_if(sent_.rbegin(), sent_.rend(), [&](const SentWrite& write) {
    return write.record == seen_.record && write.claim == *seen_.claim;
  });
  return it == sent_.rend() ? nullptr : &*it;
}

}  // namespace elector::core
