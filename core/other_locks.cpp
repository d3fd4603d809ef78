// SPDX-License-Identifier: Apache-2.0
#include "core/other_locks.h"

#include <algorithm>

namespace elector::core {
namespace {

bool written_together(const Record& a, const Record& b) {
  using std::chrono::floor;
  using std::chrono::seconds;
  return a.holder == b.holder && a.acquire_time && b.acquire_time &&
         floor<seconds>(*a.acquire_time) == floor<seconds>(*b.acquire_time);
}

}  // namespace

OtherLocks::OtherLocks(std::size_t count, Duration own_lease_duration, Duration retry_period,
                       std::size_t preferred, Duration look_again)
    : own_lease_duration_(own_lease_duration),
      retry_period_(retry_period),
      preferred_(preferred),
      look_again_(look_again) {
  for (std::size_t i = 0; i < count; ++i) {
    kinds_.push_back({.tracker = LockTracker(own_lease_duration)});
  }
}

void OtherLocks::observe(std::size_t index, const Observation& seen,
                         const std::optional<Record>& own, Now now) {
  Kind& kind = kinds_.at(index);
  const bool named = kind.tracker.known() && kind.tracker.names_holder();
  const bool lived = may_live(kind) && !kind.tracker.seems_dead();
  const Change change = kind.tracker.observe(seen, Source::kRead, now.boot, now.wall);
  kind.reading = false;
  kind.failed = false;
  kind.same_election =
      own && seen.content == Content::kRecord && written_together(*own, seen.record);
  if (!kind.tracker.names_holder()) {
    kind.proven = false;
  } else if (change == Change::kRecord) {
    kind.proven = named;
  }
  if (may_live(kind)) {
    kind.rival = kind.tracker.holder();
    kind.rival_lease = kind.tracker.last_duration();
    kind.out_until.reset();
  } else if (lived && !kind.same_election) {
    kind.out_until = now.boot + keeps_out_for(index);
  } else if (kind.same_election || now.boot >= kind.out_until.value_or(now.boot)) {
    kind.out_until.reset();
  }
  // A record that names a holder is looked at again when it has run out; everything else, later.
  kind.next_look =
      may_live(kind) ? kind.tracker.free_at() : kind.out_until.value_or(now.boot + look_again_);
}

void OtherLocks::note_own(const std::optional<Record>& own, BootTime now) {
  if (!own) return;
  for (Kind& kind : kinds_) {
    if (kind.same_election || !kind.tracker.known() || !kind.tracker.names_holder()) continue;
    if (!written_together(*own, kind.tracker.seen().record)) continue;
    kind.same_election = true;
    kind.out_until.reset();
    kind.next_look = now + look_again_;
  }
}

// Candidates of that kind see the record run out when this one does, take it over within a retry
// period, and are found by the look at the end. A kind of lower rank waits for three leases: in the
// first, its rivals find that its own record is gone; in the second, they wait in turn; then they
// stand.
Duration OtherLocks::keeps_out_for(std::size_t index) const {
  const Duration lease = std::max(own_lease_duration_, kinds_.at(index).rival_lease);
  return index < preferred_ ? lease * 3 + retry_period_ * 2 : lease + retry_period_;
}

void OtherLocks::forbidden(std::size_t index) {
  kinds_.at(index).reading = false;
  kinds_.at(index).forbidden = true;
}

void OtherLocks::failed(std::size_t index, BootTime now) {
  kinds_.at(index).reading = false;
  kinds_.at(index).failed = true;
  kinds_.at(index).next_look = now + retry_period_;
}

BootTime OtherLocks::look_at(const Kind& kind, bool leading) const {
  if (kind.forbidden || kind.reading) return BootTime::max();
  // A record that may be alive is followed until it has run out; otherwise one look is enough until
  // this process leads.
  const bool open = !kind.tracker.known() || keeps_out(kind);
  return open || leading ? kind.next_look : BootTime::max();
}

std::vector<std::size_t> OtherLocks::take_due(bool leading, BootTime now) {
  std::vector<std::size_t> due;
  for (std::size_t i = 0; i < kinds_.size(); ++i) {
    if (now < look_at(kinds_[i], leading)) continue;
    kinds_[i].reading = true;
    due.push_back(i);
  }
  return due;
}

std::optional<BootTime> OtherLocks::next_wake(bool leading) const {
  BootTime at = BootTime::max();
  for (const Kind& kind : kinds_) at = std::min(at, look_at(kind, leading));
  return at == BootTime::max() ? std::nullopt : std::optional(at);
}

bool OtherLocks::names_rival(const Kind& kind) const {
  return !kind.forbidden && !kind.same_election && kind.tracker.known() &&
         kind.tracker.names_holder();
}

// Whether the record has not been read since it would have run out: it may have been renewed by
// now, so it counts as alive until a read shows otherwise.
bool OtherLocks::may_live(const Kind& kind) const {
  return names_rival(kind) && kind.tracker.observed_at() < kind.tracker.free_at();
}

bool OtherLocks::keeps_out(const Kind& kind) const {
  return may_live(kind) || (!kind.forbidden && kind.out_until);
}

OtherLocks::Verdict OtherLocks::verdict() const {
  bool unknown = false;
  bool dead = false;
  bool failed = false;
  for (const Kind& kind : kinds_) {
    const bool open = !kind.forbidden && !kind.tracker.known();
    if (!open && !keeps_out(kind)) continue;
    if (!open && !kind.failed && !kind.tracker.seems_dead()) return Verdict::kLive;
    failed |= kind.failed;
    (open ? unknown : dead) = true;
  }
  return failed    ? Verdict::kLookFailed
         : unknown ? Verdict::kUnknown
         : dead    ? Verdict::kSeemsDead
                   : Verdict::kClear;
}

// What one kind shows of a rival: its record is alive, or it is waited out, or there is none.
ShownLock OtherLocks::shown(const Kind& kind) const {
  if (!keeps_out(kind)) return {};
  const bool alive = may_live(kind) && !kind.tracker.seems_dead();
  return {.content = Content::kRecord, .state = alive ? LockState::kHeld : LockState::kExpired};
}

std::optional<OtherLocks::Live> OtherLocks::live() const {
  std::vector<ShownLock> all;
  for (const Kind& kind : kinds_) all.push_back(shown(kind));
  const std::size_t index = choose_lock(all);
  if (index == all.size() || !keeps_out(kinds_[index])) return std::nullopt;
  return Live{.index = index, .holder = kinds_[index].rival, .proven = kinds_[index].proven};
}

}  // namespace elector::core
