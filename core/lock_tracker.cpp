// SPDX-License-Identifier: Apache-2.0
#include "core/lock_tracker.h"

#include <algorithm>
#include <utility>

#include "core/lock_state.h"

namespace elector::core {
namespace {

// How many of this candidate's own writes are remembered. At most one is outstanding, so more than
// a few can only be leftovers of ended terms; recognising those merely saves a wait.
constexpr std::size_t kRememberedWrites = 16;

}  // namespace

Change LockTracker::observe(const Observation& seen, Source source, BootTime now,
                            std::optional<WallTime> wall) {
  const bool older = known_ && compare_versions(seen.version, newest_version_) < 0;
  const bool rewound = source == Source::kRead && rewind_.read(older);
  if (older && !rewound) return Change::kOlder;
  const std::string newest_before = newest_version_;
  if (rewound) newest_version_.clear();
  if (newest_version_.empty() || compare_versions(seen.version, newest_version_) > 0) {
    newest_version_ = seen.version;
  }
  const bool new_to_all = compare_versions(seen.version, highest_version_) > 0;
  if (new_to_all || highest_version_.empty()) highest_version_ = seen.version;
  const bool first = !known_;
  const bool changed = first || rewound || !same_record(seen, seen_);
  const bool stripped = known_ && seen.content == Content::kRecord &&
                        seen_.content == Content::kRecord && seen.record == seen_.record;
  const bool moved = first || seen.version != seen_.version;
  known_ = true;
  seen_ = seen;
  observed_at_ = now;
  if (!changed) return moved ? Change::kOther : Change::kNone;
  restored_ = rewound || precedes_the_last_holder(seen) || shows_late_write(newest_before);
  over_at_first_ = first && wall && judge(seen, *wall).state == LockState::kExpired;
  // The assumed holder is visible now, whatever it is.
  if (std::exchange(holder_assumed_, false)) last_holder_.reset();
  const bool counts_on = counts_on_from_all(seen);
  if (seen_.content == Content::kRecord) {
    transitions_ = std::max(transitions_.value_or(0), seen_.record.transitions);
  }
  free_at_ = runs_out_at_ = vacant_from(now);
  if (restored_) restore_over_at_ = std::max(restore_over_at_, now + last_known_duration_);
  if (restored_ || !new_to_all || !counts_on) free_at_ = std::max(free_at_, restore_over_at_);
  // Removing the claim from the object does not change the holder of the lock.
  if (!stripped) remember_holder();
  return Change::kRecord;
}

// A record whose transitions count is lower than that of the last holder seen is from a term before
// that holder's, even if the object has a newer version: the store was restored, and then other
// fields of the object were changed.
bool LockTracker::precedes_the_last_holder(const Observation& seen) const {
  return seen.content == Content::kRecord && last_holder_ &&
         seen.record.transitions < last_holder_->transitions;
}

// Whether the writer of this knew of every holder seen so far, also of one that a restore has
// undone: it has waited for that holder itself, or is that holder. What does not count on (the
// record of a candidate that did not look before the restore, a further restore, an object without
// a record) says nothing about a holder that was undone.
bool LockTracker::counts_on_from_all(const Observation& seen) const {
  return seen.content == Content::kRecord && seen.record.transitions >= transitions_.value_or(0);
}

// A write of this candidate appears although the object had moved on from the version that it
// replaces: the API applies such a write only if a restore of the store has brought that version
// back. Whatever came in between has been undone, and its holder may not know.
bool LockTracker::shows_late_write(const std::string& newest) const {
  const SentWrite* write = mine();
  return write != nullptr && !write->over.empty() && compare_versions(newest, write->over) > 0;
}

void LockTracker::exists_unseen(BootTime now) {
  if (seen_.content != Content::kAbsent) return;
  if (!last_holder_) {
    last_holder_ = Holder{.duration = own_lease_duration_};
    holder_assumed_ = true;
  }
  free_at_ = std::max(restore_over_at_, now + last_holder_->duration);
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

// When the record that was just seen to change leaves the lock free. The design's rule for
// vacancies: only a release in form, one by a holder that is not elector, or a forced one may be
// taken at once; every other vacancy is waited out for the last record's duration if the lock was
// seen held.
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

// A vacancy whose beginning was not seen, with a claim beside it that names a holder: if the
// record's renewTime is still the claim's, or gone, no record has been written since that holder's.
bool LockTracker::emptied_under_unseen_holder() const {
  if (!seen_.claim || seen_.claim->holder.empty()) return false;
  return seen_.content != Content::kRecord || !seen_.record.renew_time ||
         seen_.record.renew_time == seen_.claim->renew_time;
}

void LockTracker::remember_holder() {
  if (names_holder()) {
    const Claim* claim = fresh_claim(seen_);
    last_holder_ = Holder{.duration = readable_duration(),
                          .instance = claim != nullptr ? claim->instance : std::string(),
                          .transitions = seen_.record.transitions};
    last_known_duration_ = last_holder_->duration;
  } else if (seen_.content == Content::kUnreadable) {
    // The writer of this may hold the lock in its own way. It is not elector.
    last_holder_ = Holder{.duration = std::max(own_lease_duration_, last_duration()),
                          .instance = last_holder_ ? last_holder_->instance : std::string()};
    last_known_duration_ = last_holder_->duration;
  } else if (seen_.content == Content::kRecord && last_holder_ && released_in_form()) {
    last_holder_.reset();
  }
}

void LockTracker::sent(const SentWrite& write) {
  sent_.push_back(write);
  if (sent_.size() <= kRememberedWrites) return;
  const SentWrite* shown = mine();  // while writes fail, it is the oldest, and the hold depends on
                                    // it
  sent_.erase(&sent_.front() == shown ? sent_.begin() + 1 : sent_.begin());
}

void LockTracker::forget_writes_before(std::uint64_t term) {
  std::erase_if(sent_, [&](const SentWrite& write) { return write.term < term; });
}

const SentWrite* LockTracker::mine() const {
  if (seen_.content != Content::kRecord || !seen_.claim) return nullptr;
  const auto it = std::find_if(sent_.rbegin(), sent_.rend(), [&](const SentWrite& write) {
    return write.record == seen_.record && write.claim == *seen_.claim;
  });
  return it == sent_.rend() ? nullptr : &*it;
}

}  // namespace elector::core
