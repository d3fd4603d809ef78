// SPDX-License-Identifier: Apache-2.0
// The rule against two elections under one name. `leases` and `endpoints` of one name are two
// elections, and moving from one kind to the other could leave a leader on each. So a candidate
// also looks at the other kinds, and does not stand while one shows a live record.
//
// Two elections may have begun at the same time: then each leader finds the other's record, and
// both step down. So a record that was alive keeps this candidate out for a while after it is gone:
// long enough for another candidate of that kind to take it over, and longer for a kind that
// precedes this candidate's, so that candidates of that kind stand first. One of the two elections
// goes on, always the same one.
//
// Pure, like Election: it takes what the lock objects of the other kinds show, and returns which to
// look at when, and whether this candidate may stand.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/lock_choice.h"
#include "core/lock_tracker.h"
#include "core/record.h"
#include "core/time.h"

namespace elector::core {

class OtherLocks {
 public:
  // While leading, each other kind is read this often.
  static constexpr Duration kLookAgain = std::chrono::minutes(5);

  // count: how many other kinds there are. own_lease_duration and retry_period: as in Timing.
  // preferred: how many of the other kinds precede this candidate's own kind in the order of all
  // kinds; they have the lowest indices.
  OtherLocks(std::size_t count, Duration own_lease_duration, Duration retry_period,
             std::size_t preferred, Duration look_again = kLookAgain);

  // Takes what a GET of kind `index` showed. `own` is the record that this candidate's own lock
  // shows now, if any: a holder that writes both (a multi-lock, while an election is being moved)
  // is not a second election.
  void observe(std::size_t index, const Observation& seen, const std::optional<Record>& own,
               Now now);
  // Takes what this candidate's own lock shows now, if anything. The own lock may be read after the
  // other kinds: only then does a record on both show that it is one election. It never makes a
  // record a rival: only a look shows that one is alive.
  void note_own(const std::optional<Record>& own, BootTime now);
  // The API forbids reading that kind: it is not read again, and counts as empty.
  void forbidden(std::size_t index);
  // The read failed for another reason; it is retried.
  void failed(std::size_t index, BootTime now);

  // Returns the kinds to read now. Each is returned once until observe(), forbidden() or failed().
  std::vector<std::size_t> take_due(bool leading, BootTime now);
  // Returns when take_due() may return something next.
  std::optional<BootTime> next_wake(bool leading) const;

  // Whether the other kinds let this candidate stand, and if not, why.
  enum class Verdict {
    kClear,       // every kind has been looked at and none shows a live record
    kUnknown,     // not every kind has been looked at yet
    kLookFailed,  // the last look at one failed, and its state is not known without it
    kSeemsDead,   // a record that was over by its own times when it was first seen, and has not
                  // changed since: it is waited out
    kLive,        // a record that is alive, as far as can be known, or was a moment ago
  };
  Verdict verdict() const;
  bool clear() const { return verdict() == Verdict::kClear; }
  // A kind whose record is alive, may still be, or was a moment ago: its index, and that record's
  // holder. Of several, the one that counts (choose_lock()).
  struct Live {
    std::size_t index;
    std::string holder;
    bool proven;  // it was seen to change, so it is being renewed
  };
  std::optional<Live> live() const;

 private:
  struct Kind {
    LockTracker tracker;
    bool reading = false;
    bool forbidden = false;
    bool same_election = false;
    bool proven = false;  // seen to be renewed
    bool failed = false;  // the last look failed
    BootTime next_look{};
    std::string rival{};                  // the holder of the last record that was alive,
    Duration rival_lease{};               // and its duration
    std::optional<BootTime> out_until{};  // it keeps this candidate out until a look at or after
                                          // this time
  };

  bool names_rival(const Kind& kind) const;
  bool may_live(const Kind& kind) const;
  bool keeps_out(const Kind& kind) const;
  ShownLock shown(const Kind& kind) const;
  Duration keeps_out_for(std::size_t index) const;
  BootTime look_at(const Kind& kind, bool leading) const;

  Duration own_lease_duration_;
  Duration retry_period_;
  std::size_t preferred_;
  Duration look_again_;
  std::vector<Kind> kinds_;
};

}  // namespace elector::core
