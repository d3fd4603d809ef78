// The rule against two elections under one name. `leases` and `endpoints` of one name are two
// elections, and whoever moves from one kind to the other could end up with a leader on each. So a
// candidate looks at the other kinds too: it does not stand while a live record is there.
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
  // count: how many other kinds there are. own_lease_duration and retry_period: as in Timing.
  OtherLocks(std::size_t count, Duration own_lease_duration, Duration retry_period);

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
    kLive,        // a record that lives, as far as can be told
  };
  Verdict verdict() const;
  bool clear() const { return verdict() == Verdict::kClear; }
  // A kind whose record lives, or may still live: its index; and that record's holder.
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
  };

  bool names_rival(const Kind& kind) const;
  bool may_live(const Kind& kind) const;
  BootTime look_at(const Kind& kind, bool leading) const;

  Duration retry_period_;
  std::vector<Kind> kinds_;
};

}  // namespace elector::core
