// SPDX-License-Identifier: Apache-2.0
// The verdict on a history: sets of claims that no ordering makes consistent, and whatever else the
// invariants forbid that can be seen from outside. Pure.
//
// The rule: each term, named by its fencing token, is an interval of time; the intervals of
// different terms are disjoint and follow each other as their tokens grow. A statement is true at
// some instant between two known ones, so only what cannot be so wherever those instants lie counts
// against the election; a slow machine widens the bounds and never accuses.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/system/chaos/history.h"

namespace elector::tests::chaos {

// A change of the record by a client that is not a candidate, or `resign --force`. Its consequences
// are counted separately, as long as they stay within their bound: a leader's watch event or its
// hold.
struct ForeignChange {
  Instant sent;
  Instant received;
  std::string what;
};

// Whether a write that the API answered with that status (0: not at all) may have changed the
// object. Only what it clearly refused has not: a 404, a 409, but no 5xx.
constexpr bool may_have_changed(int status) {
  return status < 400 || status >= 500;
}

// The machine did not run this program for this long.
struct Stall {
  Instant at;
  Span late;
};

struct Finding {
  int invariant = 0;  // of the design's six
  std::string what;
  Instant from;
  Instant to;
  // Why it is counted separately and is not a violation; "" if it is a violation.
  std::string apart{};

  Span size() const { return to - from; }
};
using Findings = std::vector<Finding>;

// How long after the sending of a term's last renewal its holder may believe in it (D), and how
// long its work may go on (K).
struct Deadlines {
  Span renew{std::chrono::seconds(1)};
  Span kill{std::chrono::milliseconds(1500)};
};

struct Surroundings {
  std::vector<ForeignChange> foreign{};
  std::vector<Stall> stalls{};
  std::map<std::string, Deadlines> deadlines{};  // by the candidate's name
  Deadlines usual{};                             // of candidates that are not named there
  // A stall of this size may let the work of a lost term outlive the lease, however well elector
  // plans: a process that does not run cannot end another. The excess is at most twice the sum of
  // the stalls around it.
  Span harmful_stall{std::chrono::milliseconds(150)};
};

// Invariants 1, 2 and 5: overlapping terms, tokens out of order, a token of two terms, a term that
// continues after it was denied, two children in one term.
Findings check_terms(const History& history, const Surroundings& surroundings);

// Invariant 1 by what the server saw: no candidate holds for longer than `deadline` (D) after the
// last renewal of the term was applied, which was after it was sent. And a term's token is the
// version of a write of its holder, which was applied before any process could claim to lead by it.
// Only one process of a candidate exists at a time; nothing is found where `writes` is empty.
Findings check_holds(const Life& life, const std::vector<Write>& writes, Span deadline);

// Invariant 6: whether lines on standard output, "NAME is the leader" and "nobody is the leader",
// come in an order in which the lock had these holders; some may be left out. "" means no holder.
Findings check_lines(const std::string& title, const std::vector<std::string>& lines,
                     const std::vector<std::string>& holders);

}  // namespace elector::tests::chaos
