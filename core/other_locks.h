// The rule against two elections under one name. `leases` and `endpoints` of one name are two
// elections, and whoever moves from one kind to the other could end up with a leader on each. So a
// candidate looks at the other kinds too: it does not stand while a live record is there.
//
// Two elections may have begun at one moment: then both leaders find the other's record, and both
// step down. So a record that lived keeps this candidate out for a while after it has gone: long
// enough for another candidate of that kind to take it over, and longer for a kind that comes
// before our own, whose candidates then stand first. One of the two elections goes on, always the
// same.
//
// Pure, like Election: it is told what the lock objects of the other kinds show, and says when to
// look at which, and whether standing is all right.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/lock_tracker.h"
#include "core/record.h"
#include "core/time.h"

namespace elector::core {

class OtherLocks {
 public:
  // While leading, each other kind is read this often.
  static constexpr Duration kLookAgain = std::chrono::minutes(5);

  // count: how many other kinds there are. own_lease_duration and retry_period: as in Timing.
  // preferred: how many of the other kinds come before our own in the order of all kinds; they are
  // the first of those that are numbered here.
  OtherLocks(std::size_t count, Duration own_lease_duration, Duration retry_period,
             std::size_t preferred, Duration look_again = kLookAgain);

  // What a GET of kind `index` showed. `own` is the record that our own lock shows now, if any: one
  // holder that writes both (a multi-lock, while an election is being moved) is no second election.
  void observe(std::size_t index, const Observation& seen, const std::optional<Record>& own,
               Now now);
  // The API forbids reading that kind: the looking at it ends, and it is taken for empty.
  void forbidden(std::size_t index);
  // The read failed otherwise: it is tried again.
  void failed(std::size_t index, BootTime now);

  // The kinds to read now. Each is handed out once until observe(), forbidden() or failed().
  std::vector<std::size_t> take_due(bool leading, BootTime now);
  // When take_due() may have something next.
  std::optional<BootTime> next_wake(bool leading) const;

  // Whether they leave room to stand, and if not, why.
  enum class Verdict {
    kClear,       // every kind has been looked at and none shows a live record
    kUnknown,     // not every kind has been looked at yet
    kLookFailed,  // the last look at one failed, and without it nothing is known, or no more
    kSeemsDead,   // a record that was over by its own times when it was first seen, and has not
                  // changed since: it is waited out
    kLive,        // a record that lives, as far as can be told, or that lived a moment ago
  };
  Verdict verdict() const;
  bool clear() const { return verdict() == Verdict::kClear; }
  // A kind whose record lives, may still live, or lived a moment ago: its index; and that record's
  // holder.
  struct Live {
    std::size_t index;
    std::string holder;
    bool proven;  // it was seen to change: somebody renews it
  };
  std::optional<Live> live() const;

 private:
  struct Kind {
    LockTracker tracker;
    bool reading = false;
    bool forbidden = false;
    bool same_election = false;
    bool proven = false;  // seen to be renewed
    bool failed = false;  // the last look did
    BootTime next_look{};
    std::string rival{};                  // the holder of the last record that lived,
    Duration rival_lease{};               // and its duration
    std::optional<BootTime> out_until{};  // it keeps us out until a look at this time or later
  };

  bool names_rival(const Kind& kind) const;
  bool may_live(const Kind& kind) const;
  bool keeps_out(const Kind& kind) const;
  Duration keeps_out_for(std::size_t index) const;
  BootTime look_at(const Kind& kind, bool leading) const;

  Duration own_lease_duration_;
  Duration retry_period_;
  std::size_t preferred_;
  Duration look_again_;
  std::vector<Kind> kinds_;
};

}  // namespace elector::core
