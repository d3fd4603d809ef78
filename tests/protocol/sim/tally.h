// SPDX-License-Identifier: Apache-2.0
// What happened in one run or many, counted.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/protocol/sim/plan.h"

namespace elector::tests {

// How the leadership that precedes an election ended.
enum class Ending {
  kNone,         // there was none before
  kReleased,     // the leader released the lock
  kCrashed,      // the leader died
  kDeadline,     // no renewal was proven in time
  kTaken,        // the leader saw another holder
  kForced,       // by `resign --force`
  kClockJump,    // the leader's machine had been paused from outside, or its clock was set
  kRivals,       // a candidate that is not elector led
  kNotYetKnown,  // the former leader does not know yet
};
inline constexpr std::size_t kEndings = 9;

// Why two simultaneous leaders are counted apart.
enum class Excuse {
  kUnseenPause,     // the guest could not see that its machine was paused
  kTampering,       // a foreign deletion, `--force` and such
  kRestored,        // a restored store, and a process that had not seen the lock held
  kVersionsReused,  // a restored store that gives versions a second time
  kRivalClock,      // the wall clock of a client that is not elector stepped, or its machine paused
  kNamesake,        // a client that is not elector took the lock of an elector with its name
  kHalfMultiLock,   // a client that is not elector took the secondary of a multi-lock alone
  kUnguarded,       // neither its guard nor its elector could end a work
};
inline constexpr std::size_t kExcuses = 8;
std::string_view name_of(Excuse excuse);

// The results of `elector resign`: the ends of core::Resignation, and four more.
inline constexpr std::size_t kAskEnds = 6;
inline constexpr std::size_t kAskAnswers = kAskEnds + 4;

struct Tally {
  std::uint64_t runs = 0;
  std::uint64_t elections = 0;  // terms of electors
  std::uint64_t rival_elections = 0;
  std::uint64_t requests = 0;
  std::uint64_t renewals = 0;
  std::uint64_t steps = 0;
  std::uint64_t vacancies_checked = 0;  // vacancies with a limit by invariant 4
  std::uint64_t kinds_settled = 0;      // runs with two elections under one name that became one
  std::uint64_t asks = 0;               // processes of `elector resign`
  std::uint64_t changes_told = 0;       // lines of `elector watch`
  std::uint64_t lost_guards = 0;        // guards that electors found dead or silent
  std::array<std::uint64_t, kEndings> handovers{};
  std::array<std::uint64_t, kFaults> faults{};
  std::array<std::uint64_t, kAskAnswers> answers{};
  std::array<std::uint64_t, kExcuses> apart{};  // two simultaneous leaders, by the reason

  void add(const Tally& other);
  // Returns the counts as lines for a person.
  std::string text() const;
};

}  // namespace elector::tests
