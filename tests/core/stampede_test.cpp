// Tables and statistics for core/stampede: how its window grows and shrinks, its bounds, and the
// shape of its delays. The seeds are fixed, so the statistics are too.
#include "core/stampede.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "core/random.h"

namespace elector::tests {
namespace {

using core::Duration;
using core::Random;
using core::Stampede;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kPeriod = milliseconds(5120);  // R; its parts of 1/8, 1/64 and 1/512 are whole

// The lag at which a share of the crowd has drawn a shorter delay: the shape's own formula.
Duration lag_of_share(double share, Duration window) {
  const double x = std::log(1 + share * 999) / std::log(1000.0);
  return Duration(static_cast<Duration::rep>(x * static_cast<double>(window.count())));
}

Stampede after_conflicts(int count) {
  Stampede stampede{kPeriod};
  for (int i = 0; i < count; ++i) stampede.conflict();
  return stampede;
}

}  // namespace

TEST_CASE("without conflicts nobody is delayed") {
  Stampede stampede{kPeriod};
  Random random{1};
  CHECK(stampede.window() == Duration::zero());
  for (int i = 0; i < 100; ++i) CHECK(stampede.draw(random) == Duration::zero());
  stampede.filled(Duration::zero());
  stampede.filled(seconds(1));
  CHECK(stampede.window() == Duration::zero());
}

TEST_CASE("conflicts open the window at R/64 and grow it fourfold, to R/8 at most") {
  CHECK(after_conflicts(1).window() == kPeriod / 64);
  CHECK(after_conflicts(2).window() == kPeriod / 16);
  CHECK(after_conflicts(3).window() == kPeriod / 8);
  CHECK(after_conflicts(100).window() == kPeriod / 8);
}

TEST_CASE("a vacancy that is filled late in the window shows a small crowd and halves it") {
  Stampede stampede = after_conflicts(3);
  stampede.filled(lag_of_share(0.13, stampede.window()));
  CHECK(stampede.window() == kPeriod / 16);

  SUBCASE("one filled after the window was over as well") {
    stampede.filled(seconds(60));
    CHECK(stampede.window() == kPeriod / 32);
  }
  SUBCASE("until so little is left that it closes") {
    int halvings = 0;
    while (stampede.window() > Duration::zero()) {
      stampede.filled(stampede.window());
      ++halvings;
      REQUIRE(halvings < 20);
    }
    CHECK(halvings == 6);  // R/16, R/32 ... R/512 and then none
  }
}

TEST_CASE("a vacancy that is filled early in the window shows a crowd and grows it") {
  Stampede stampede = after_conflicts(1);
  stampede.filled(lag_of_share(0.019, stampede.window()));
  CHECK(stampede.window() == kPeriod / 16);
  stampede.filled(Duration::zero());
  CHECK(stampede.window() == kPeriod / 8);
  stampede.filled(Duration::zero());
  CHECK(stampede.window() == kPeriod / 8);
}

TEST_CASE("a vacancy that is filled in between leaves the window as it is") {
  for (const double share : {0.021, 0.05, 0.10, 0.124}) {
    INFO("share ", share);
    Stampede stampede = after_conflicts(2);
    stampede.filled(lag_of_share(share, stampede.window()));
    CHECK(stampede.window() == kPeriod / 16);
  }
}

TEST_CASE("a delay is never negative and never beyond the window") {
  for (int conflicts = 1; conflicts <= 4; ++conflicts) {
    const Stampede stampede = after_conflicts(conflicts);
    Random random{static_cast<std::uint64_t>(conflicts)};
    for (int i = 0; i < 10000; ++i) {
      const Duration delay = stampede.draw(random);
      REQUIRE(delay >= Duration::zero());
      REQUIRE(delay < stampede.window());
    }
  }
}

TEST_CASE("delays follow the rising density: the share before a lag is (1000^x - 1) / 999") {
  const Stampede stampede = after_conflicts(3);
  Random random{7};
  constexpr int kDraws = 100000;
  std::vector<Duration> delays;
  for (int i = 0; i < kDraws; ++i) delays.push_back(stampede.draw(random));
  for (const double share : {0.01, 0.1, 0.25, 0.5, 0.75, 0.9}) {
    const Duration limit = lag_of_share(share, stampede.window());
    const auto below =
        std::count_if(delays.begin(), delays.end(), [&](Duration delay) { return delay < limit; });
    INFO("share ", share);
    // Four standard deviations of a count of 100,000.
    const double slack = 4 * std::sqrt(share * (1 - share) / kDraws);
    CHECK(std::abs(static_cast<double>(below) / kDraws - share) < slack);
  }
}

// What the shape is for: who draws a delay within a round trip of the first one's writes in vain.
TEST_CASE("few of a crowd write before they can see the first, be it ten or a thousand") {
  const Stampede stampede = after_conflicts(3);  // a window of 640 ms
  const Duration round_trip = milliseconds(5);
  Random random{11};
  for (const int crowd : {10, 50, 200, 1000}) {
    constexpr int kVacancies = 300;
    int tries = 0;
    for (int vacancy = 0; vacancy < kVacancies; ++vacancy) {
      std::vector<Duration> delays;
      for (int i = 0; i < crowd; ++i) delays.push_back(stampede.draw(random));
      const Duration first = *std::min_element(delays.begin(), delays.end());
      tries += static_cast<int>(std::count_if(delays.begin(), delays.end(), [&](Duration delay) {
        return delay < first + round_trip;
      }));
    }
    const double mean = static_cast<double>(tries) / kVacancies;
    INFO("crowd of ", crowd, ": ", mean, " tries at a vacancy");
    CHECK(mean >= 1);
    CHECK(mean < 2);
  }
}

TEST_CASE("the generator is SplitMix64") {
  // The reference implementation's first outputs for the seed 1234567.
  Random random{1234567};
  CHECK(random.next() == 6457827717110365317U);
  CHECK(random.next() == 3203168211198807973U);
  CHECK(random.next() == 9817491932198370423U);
}

TEST_CASE("fractions lie in [0, 1) and nonces are 16 hexadecimal digits that differ") {
  Random random{3};
  double sum = 0;
  std::vector<std::string> nonces;
  for (int i = 0; i < 10000; ++i) {
    const double fraction = random.fraction();
    REQUIRE(fraction >= 0);
    REQUIRE(fraction < 1);
    sum += fraction;
    const std::string nonce = random.hex();
    REQUIRE(nonce.size() == 16);
    REQUIRE(nonce.find_first_not_of("0123456789abcdef") == std::string::npos);
    nonces.push_back(nonce);
  }
  CHECK(std::abs(sum / 10000 - 0.5) < 0.02);
  std::sort(nonces.begin(), nonces.end());
  CHECK(std::adjacent_find(nonces.begin(), nonces.end()) == nonces.end());
}

}  // namespace elector::tests
