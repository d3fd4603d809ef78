// SPDX-License-Identifier: Apache-2.0
// Follows one election by what its lock objects show, and reports each change of leader once.
//
// Pure, like Election: it takes what was seen and when, and returns what changed and when a record
// will have run out, which no event reports.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "core/leader_change.h"
#include "core/lock_choice.h"
#include "core/lock_tracker.h"
#include "core/record.h"
#include "core/time.h"

namespace elector::core {

class LeaderWatcher {
 public:
  // `locks`: how many objects may hold the record. choose_lock() decides which of them counts.
  explicit LeaderWatcher(std::size_t locks = 1) : locks_(locks) {}

  // Takes what a lock object shows, and the API server's clock at that moment if known: see
  // left_of() for how long the record counts from `now` on. Reports no change until every lock has
  // been seen.
  std::optional<LeaderChange> observe(std::size_t lock, const Observation& seen, Source source,
                                      std::optional<WallTime> server_now, BootTime now);
  // The lock cannot be read; it counts as absent from now on.
  std::optional<LeaderChange> give_up(std::size_t lock, BootTime now);
  // Must be called at next_wake(), after the lock that counts was looked at once more.
  std::optional<LeaderChange> tick(BootTime now);
  // Returns when the lock that counts must be looked at, whatever a watch shows: when its record
  // has run out and, while there is no leader, once per lease, since a watch may be open and show
  // nothing.
  std::optional<BootTime> next_wake() const;

  // Whether every lock has been seen or given up.
  bool known() const;
  // As of the last reported change.
  const Standing& standing() const { return standing_; }
  // The lock that counts, what it showed last, and how much of its record is left.
  std::size_t lock() const { return shown_; }
  const Observation& seen() const { return locks_[shown_].tracker.seen(); }
  BootTime observed_at() const { return locks_[shown_].tracker.observed_at(); }
  std::optional<Duration> left(BootTime now) const;
  // How far the leader's clock is ahead of the API server's, as its last renewal showed; nothing if
  // it is right or not known.
  std::optional<Duration> clock_error_of_leader() const;

 private:
  struct Lock {
    LockTracker tracker{Duration::zero()};
    BootTime changed_at{};                  // when its record was first seen in its present form
    BootTime runs_out{};                    // of a record that names a holder
    std::optional<Duration> clock_error{};  // of that holder
    bool given_up = false;
  };

  static LockState state_of(const Lock& lock, BootTime now);
  std::vector<ShownLock> shown(BootTime now, std::optional<std::size_t> looked_at) const;
  std::optional<LeaderChange> settle(BootTime now, std::optional<std::size_t> looked_at);

  std::vector<Lock> locks_;
  std::size_t shown_ = 0;
  bool told_ = false;
  Standing standing_{};
  BootTime runs_out_{};    // of the record in standing_
  BootTime settled_at_{};  // when something was last seen or looked for
};

}  // namespace elector::core
