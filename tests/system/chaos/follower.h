// Invariant 6 for those who do not lead: whom they name follows the lock, and is nobody once its
// record has run out. Pure.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/system/chaos/checker.h"
#include "tests/system/chaos/history.h"
#include "tests/system/chaos/vacancy.h"

namespace elector::tests::chaos {

// When one candidate could see the lock, and when it could not, or not for sure.
class Sight {
 public:
  using Interval = std::pair<Instant, Instant>;

  // troubles: all that there were; those that meet the candidate of that number count. late: how
  // long news of the lock takes at most when nothing is wrong. recovery: how long the candidate may
  // need after the end of a trouble until that is so again.
  Sight(const std::vector<Disturbance>& troubles, int candidate, Span late, Span recovery);

  Span late() const { return late_; }
  Span recovery() const { return recovery_; }
  // Nothing of the lock can have come to it from the one instant to the other.
  bool blind(Instant from, Instant to) const;
  // Something may have kept news of the lock from it between the two.
  bool hindered(Instant from, Instant to) const;
  // News that are older than they should be may have come to it between the two.
  bool outdated(Instant from, Instant to) const;

 private:
  Span late_;
  Span recovery_;
  std::vector<Interval> blind_{};     // disjoint, in order
  std::vector<Interval> troubles_{};  // recovery included
};

// Who has seen nothing of the lock for as long as a record lasts names nobody. durations: of each
// holder's records at most. Needs nothing but the answers. Those after `to` are not judged.
Findings check_blind(const Life& life, const std::map<std::string, Span>& durations,
                     const Sight& sight, Instant to);

// By what the server saw of the lock: nobody names a holder whose record has run out, or who holds
// no longer; and nobody names nobody while one holds. Something that kept the candidate from seeing
// that excuses it. Those after `to` are not judged.
Findings check_followed(const Life& life, const std::vector<Write>& writes, const Sight& sight,
                        Instant to);

}  // namespace elector::tests::chaos
