// SPDX-License-Identifier: Apache-2.0
// The simulator's randomness: draws that are the same on every machine for the same seed (unlike
// the distributions of <random>).
#pragma once

#include <cstdint>
#include <string>

#include "core/random.h"
#include "core/time.h"

namespace elector::tests {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}

  std::uint64_t next() { return random_.next(); }
  std::string hex() { return random_.hex(); }

  // Uniform in [0, n); n > 0.
  std::uint64_t below(std::uint64_t n) { return random_.next() % n; }
  // True in `permille` of a thousand cases.
  bool chance(std::uint64_t permille) { return below(1000) < permille; }

  // Uniform in [from, to]; `from` if to <= from.
  core::Duration between(core::Duration from, core::Duration to) {
    if (to <= from) return from;
    return from + core::Duration(static_cast<core::Duration::rep>(
                      below(static_cast<std::uint64_t>((to - from).count()) + 1)));
  }
  core::Duration up_to(core::Duration most) { return between(core::Duration::zero(), most); }

 private:
  core::Random random_;
};

}  // namespace elector::tests
