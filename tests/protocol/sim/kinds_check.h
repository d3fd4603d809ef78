// SPDX-License-Identifier: Apache-2.0
// The rule against two elections under one name on two lock kinds (core/other_locks.h): once
// nothing goes wrong any more, one of the two has a leader, and the other one has none.
#pragma once

#include <cstddef>
#include <optional>

#include "tests/protocol/sim/schedule.h"

namespace elector::tests {

class Candidate;
class World;

class KindsCheck {
 public:
  explicit KindsCheck(World& world) : world_(world) {}

  void step();
  // A leader steps down because of the other kind.
  void steps_down(const Candidate& who);

 private:
  bool quiet() const;
  const Candidate* leader(std::size_t election) const;

  World& world_;
  std::size_t stepped_down_ = 0;  // since nothing goes wrong any more
  std::optional<Real> both_since_{};
  bool counted_ = false;
};

}  // namespace elector::tests
