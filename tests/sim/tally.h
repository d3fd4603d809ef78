// What happened in one run or many, counted.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/sim/plan.h"

namespace elector::tests {

// How the leadership ended that an election follows.
enum class Ending {
  kNone,         // there was none before
  kReleased,     // given back
  kCrashed,      // the leader died
  kDeadline,     // no renewal was proven in time
  kTaken,        // the leader saw another holder
  kForced,       // by `resign --force`
  kClockJump,    // the leader's machine had been paused from outside, or its clock was set
  kRivals,       // a candidate that is not elector led
  kNotYetKnown,  // the former leader does not know yet
};
inline constexpr std::size_t kEndings = 9;

struct Tally {
  std::uint64_t runs = 0;
  std::uint64_t elections = 0;  // terms of electors
  std::uint64_t rival_elections = 0;
  std::uint64_t requests = 0;
  std::uint64_t renewals = 0;
  std::uint64_t steps = 0;
  std::uint64_t vacancies_checked = 0;  // vacancies that invariant 4 set a limit to
  std::uint64_t tampered_overlaps = 0;  // two leaders after a foreign deletion, `--force` and such
  std::uint64_t unseen_pauses = 0;      // two leaders after a pause that the guest could not see
  std::uint64_t unguarded = 0;      // two works while neither guard nor elector of one could end it
  std::uint64_t kinds_settled = 0;  // runs with two elections under one name that came to one
  std::uint64_t lost_guards = 0;    // guards that electors found dead or silent
  std::array<std::uint64_t, kEndings> handovers{};
  std::array<std::uint64_t, kFaults> faults{};

  void add(const Tally& other);
  // The counts as lines for a person.
  std::string text() const;
};

}  // namespace elector::tests
