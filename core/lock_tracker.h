// SPDX-License-Identifier: Apache-2.0
// One lock object as one candidate knows it: what it shows and since when, from when on it may be
// taken, and which of this candidate's own writes it shows.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "core/record.h"
#include "core/rewind.h"
#include "core/time.h"

namespace elector::core {

// A write of this candidate that was sent and may be in the lock, or may still reach it.
struct SentWrite {
  std::uint64_t term = 0;
  bool release = false;
  Record record{};
  Claim claim{};
  Now sent_at{};
  std::string over{};  // the version that it replaces; "" for a create
};

enum class Change {
  kOlder,   // shows the past; ignored
  kNone,    // shows what is already known
  kOther,   // a newer version of the object with the known record: other fields changed
  kRecord,  // another record, or the same holder's next renewal
};

class LockTracker {
 public:
  // own_lease_duration: how long to wait out content that stands in place of a record and gives no
  // duration of its own.
  explicit LockTracker(Duration own_lease_duration)
      : own_lease_duration_(own_lease_duration), last_known_duration_(own_lease_duration) {}

  // wall: the clock that judges a record's own times when it is the first thing seen; nothing if
  // the caller does not use seems_dead().
  Change observe(const Observation& seen, Source source, BootTime now,
                 std::optional<WallTime> wall = std::nullopt);

  // A create was refused because the object exists, although it was seen to be absent: it has a
  // holder. If it is absent again at the next look, that holder's lease must be waited out.
  void exists_unseen(BootTime now);

  bool known() const { return known_; }
  const Observation& seen() const { return seen_; }
  BootTime observed_at() const { return observed_at_; }

  // When the lock may be taken by a candidate that is not its holder; a past time when it is
  // vacant. A holder's record counts from when it was seen to change, for the record's own
  // duration.
  BootTime free_at() const { return free_at_; }
  // When the record that is shown runs out: its own duration after it was seen to change. Never
  // after free_at(), and before it only if the store was restored.
  BootTime runs_out_at() const { return runs_out_at_; }

  bool names_holder() const { return core::names_holder(seen_); }
  // Returns "" if the lock names no holder.
  std::string holder() const { return names_holder() ? seen_.record.holder : std::string(); }
  // True if the lock names a holder whose record was over by its own times when it was first seen,
  // and has not changed since. Clocks may differ, so the record is waited out all the same, but
  // this holder is not shown as the leader.
  bool seems_dead() const { return over_at_first_ && names_holder(); }
  // True if `resign --force` made this vacancy.
  bool forced() const;
  // True if what is shown is older than what was known: the store was restored from a backup. Which
  // writes were lost, and which candidate may hold the lock on the strength of one, cannot be
  // known; so the last known duration is waited out from when the restore was noticed. A further
  // restore does not shorten that.
  bool restored() const { return restored_; }

  // The duration of the record that is shown, or that was shown before the vacancy; 0 if none.
  Duration last_duration() const;
  // True while the lock is taken to have a holder only because of exists_unseen().
  bool assumes_holder() const { return holder_assumed_; }
  // True if the record that is shown, or that was shown before the vacancy, belongs to this
  // instance.
  bool last_held_by(std::string_view instance) const {
    return last_holder_ && last_holder_->instance == instance;
  }
  // The largest transitions count seen; nothing before the first record.
  std::optional<std::int64_t> transitions() const { return transitions_; }

  // Remembers a write of this candidate. Only the lock itself shows whether the write happened,
  // whatever its answer says: a proxy may repeat a write that landed and pass on the refusal of the
  // second.
  void sent(const SentWrite& write);
  // Forgets the writes of all terms before this one: no decision depends on them any more.
  void forget_writes_before(std::uint64_t term);
  // Returns this candidate's write that the lock shows now, compared by whole record and claim,
  // nonce included; nullptr if none.
  const SentWrite* mine() const;

 private:
  struct Holder {
    Duration duration{};
    std::string instance{};  // "" when the holder is not elector
    std::int64_t transitions = 0;
  };

  bool precedes_the_last_holder(const Observation& seen) const;
  bool counts_on_from_all(const Observation& seen) const;
  bool shows_late_write(const std::string& newest) const;
  BootTime vacant_from(BootTime now) const;
  bool released_in_form() const;
  bool emptied_under_unseen_holder() const;
  void remember_holder();
  Duration readable_duration() const;

  Duration own_lease_duration_;
  bool known_ = false;
  Observation seen_{};
  std::string newest_version_{};   // since the last restore
  std::string highest_version_{};  // of all time
  Rewind rewind_{};
  BootTime observed_at_{};
  BootTime free_at_{};
  BootTime runs_out_at_{};
  BootTime restore_over_at_{};  // when what restores may have undone has been waited out
  bool over_at_first_ = false;
  bool restored_ = false;
  bool holder_assumed_ = false;  // last_holder_ follows from exists_unseen()
  std::optional<Holder> last_holder_{};
  Duration last_known_duration_;  // of the last holder seen, even if it has released
  std::optional<std::int64_t> transitions_{};
  std::deque<SentWrite> sent_;
};

}  // namespace elector::core
