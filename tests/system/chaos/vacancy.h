// SPDX-License-Identifier: Apache-2.0
// The times without a leader, what brought each about, and whether it lasted longer than invariant
// 4 allows. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/system/chaos/history.h"

namespace elector::tests::chaos {

// Something that was done to a candidate, or to all of them.
struct Disturbance {
  static constexpr int kAll = -1;
  Instant begin;
  Instant end = kNever;  // kNever while it lasts
  int candidate = kAll;
  std::string what;
  // It keeps the candidate from electing. (Otherwise it only makes a leader step down.)
  bool disables = true;
  // What the candidate had sent before it may reach the lock late, and is then waited out again.
  bool delays = false;
  // The candidate sees nothing new of the lock until this ends.
  bool blinds = false;
  // The candidate itself stands still, and finds at the end what has come meanwhile.
  bool stills = false;
  // The candidate may see the lock late, or as it was before.
  bool veils = true;
};

struct Vacancy {
  Instant from;
  Instant to;
  std::string cause;
  // For how long of it a candidate existed that could have led.
  Span healthy{0};
  // How long after the record had run out, or was given back; if the server saw that, and someone
  // was healthy all the while.
  std::optional<Span> overdue{};
  bool breach = false;

  Span length() const { return to - from; }
};

struct VacancyRules {
  std::vector<std::string> candidates;  // their names, by number
  // The longest that a record may stand in the way, and what is granted for the rest: R, the way to
  // the server, the observer's own interval.
  Span record{};
  Span settling{};
  // What is granted after the record has expired, when nothing was wrong since it was written, in
  // addition to the R of the next leader.
  Span grace{};
  std::vector<Span> retry_periods{};  // by number
};

// Those between terms, and the one that lasts at `now` if it is a breach.
std::vector<Vacancy> vacancies_of(const std::vector<Term>& terms,
                                  const std::vector<Disturbance>& disturbances,
                                  const std::vector<Write>& writes, Instant now,
                                  const VacancyRules& rules);

}  // namespace elector::tests::chaos
