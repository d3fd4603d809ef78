// SPDX-License-Identifier: Apache-2.0
// What is counted separately: two leaders, or two works, at the same time for a reason that the
// invariants make an exception for. Everything else is a violation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/protocol/sim/schedule.h"
#include "tests/protocol/sim/tally.h"

namespace elector::tests {

class Candidate;
class Host;
class World;

class Apart {
 public:
  explicit Apart(World& world) : world_(world) {}

  // Whether the present terms of these two hosts may overlap; counts that the first time.
  bool forgives(const Host& a, const Host& b, bool works);
  // The same for the present term and the work of a former one on this host.
  bool forgives_former(const Candidate& who);
  // Whether the first write of its term came before the latest restore, which came after the start.
  bool began_before_restore(const Host& who) const;

 private:
  // Two terms of two hosts that may overlap.
  struct Pair {
    bool works = false;
    std::size_t a = 0, b = 0;
    std::uint64_t terms_a = 0, terms_b = 0;
    bool operator==(const Pair&) const = default;
  };

  bool is_forgiven(const Pair& pair) const;
  void forgive(const Pair& pair, Excuse why);
  std::optional<Excuse> excuse(const Host& a, const Host& b, bool works) const;
  std::optional<Excuse> excuse_former(const Candidate& who) const;
  bool robbed(const Host& who, Real since) const;
  std::optional<Excuse> of_store(const Host& late, const Host& early) const;
  std::optional<Excuse> of_restore(const Host& late, const Host& early) const;
  bool saw(const Candidate& late, const Host& early) const;
  bool saw_since_removal(const Candidate& late, const Candidate& holder) const;
  bool passed_on_since_removal(const Candidate& late, const Candidate& holder) const;
  bool taken_by_rival(const Candidate& who) const;
  bool names_rival(const std::string& holder) const;
  bool saw_undone(const Candidate& late, const Host& early,
                  std::optional<core::BootTime> before = {}) const;
  bool lost_its_claim(const Candidate& late, const Candidate& holder) const;
  bool passed_on(const Host& late, const Host& early) const;
  bool deposed(const Candidate& who) const;

  World& world_;
  std::vector<Pair> forgiven_{};
};

}  // namespace elector::tests
