// SPDX-License-Identifier: Apache-2.0
// A small deterministic generator for delays and nonces (SplitMix64, Steele et al. 2014). Not for
// secrets: nonces only need to differ.
#pragma once

#include <cstdint>
#include <string>

namespace elector::core {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }

  // Uniform in [0, 1).
  double fraction() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

  // 64 random bits as 16 hexadecimal digits.
  std::string hex() {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::uint64_t bits = next();
    std::string text(16, '0');
    for (char& c : text) {
      c = kDigits[bits & 0xfU];
      bits >>= 4U;
    }
    return text;
  }

 private:
  std::uint64_t state_;
};

}  // namespace elector::core
