// SPDX-License-Identifier: Apache-2.0
// core/random is SplitMix64, number for number: a seed means the same run on every machine.
#include "core/random.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string>

namespace elector::tests {
namespace {

using core::Random;

TEST_CASE("the numbers are SplitMix64's") {
  Random random{1234567};
  for (const std::uint64_t number :
       {6457827717110365317U, 3203168211198807973U, 9817491932198370423U, 4593380528125082431U,
        16408922859458223821U}) {
    CHECK(random.next() == number);
  }
}

TEST_CASE("a fraction comes from the upper 53 bits, evenly from 0 to below 1") {
  CHECK(Random{1234567}.fraction() == doctest::Approx(6457827717110365317.0 / 0x1.0p64));
  Random random{1};
  double least = 1;
  double most = 0;
  double sum = 0;
  for (int i = 0; i < 10000; ++i) {
    const double fraction = random.fraction();
    least = std::min(least, fraction);
    most = std::max(most, fraction);
    sum += fraction;
  }
  CHECK(least >= 0);
  CHECK(least < 0.01);
  CHECK(most < 1);
  CHECK(most > 0.99);
  CHECK(sum / 10000 == doctest::Approx(0.5).epsilon(0.02));
}

TEST_CASE("64 bits as hexadecimal digits begin with the lowest") {
  // 6457827717110365317 is 0x599ed017fb08fc85.
  CHECK(Random{1234567}.hex() == "58cf80bf710de995");
}

}  // namespace
}  // namespace elector::tests
