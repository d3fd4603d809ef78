// SPDX-License-Identifier: Apache-2.0
// Invariant 6 for candidates that do not lead: the leader that they name follows the lock, and they
// name none once its record has expired. Pure.
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

// A candidate that has seen nothing of the lock for the duration of a record names no leader.
// durations: the maximum for each holder's records. Needs nothing but the answers. Answers after
// `to` are not judged.
Findings check_blind(const Life& life, const std::map<std::string, Span>& durations,
                     const Sight& sight, Instant to);

// By what the server saw of the lock: no candidate names a holder whose record has expired or that
// no longer holds, and no candidate names none while there is a holder. A fault that kept the
// candidate from seeing this excuses it. Answers after `to` are not judged.
Findings check_followed(const Life& life, const std::vector<Write>& writes, const Sight& sight,
                        Instant to);

}  // namespace elector::tests::chaos
