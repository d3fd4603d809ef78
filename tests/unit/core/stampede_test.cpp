// SPDX-License-Identifier: Apache-2.0
// Tables and statistics for core/stampede: how its window grows and shrinks, its bounds, and what
// it does for three candidates and for two hundred. The seeds are fixed, so the statistics are too.
#include "core/stampede.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "core/random.h"

namespace elector::tests {
namespace {

using core::Duration;
using core::Random;
using core::Stampede;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kPeriod = milliseconds(2048);  // R; its part of 1/512 is whole

Stampede with_window(Duration window) {
  Stampede stampede{kPeriod};
  stampede.conflict(window / 32);
  return stampede;
}

// One vacancy among followers with these windows: every follower that draws a delay within
// `round_trip` of the first writes too, and is refused. Returns the number of writes.
int play_vacancy(std::vector<Stampede>& followers, Duration round_trip, Random& random) {
  std::vector<Duration> delays;
  delays.reserve(followers.size());
  for (const Stampede& follower : followers) delays.push_back(follower.draw(random));
  const auto winner = std::min_element(delays.begin(), delays.end()) - delays.begin();
  const Duration first = delays[static_cast<std::size_t>(winner)];
  int writes = 0;
  for (std::size_t i = 0; i < followers.size(); ++i) {
    if (delays[i] > first + round_trip) {
      followers[i].filled(first + round_trip);
      continue;
    }
    ++writes;
    // The server works through what arrives together one after the other.
    if (static_cast<long>(i) != winner) followers[i].conflict(round_trip + milliseconds(writes));
  }
  return writes;
}

}  // namespace

TEST_CASE("without conflicts no candidate is delayed") {
  Stampede stampede{kPeriod};
  Random random{1};
  CHECK(stampede.window() == Duration::zero());
  for (int i = 0; i < 100; ++i) CHECK(stampede.draw(random) == Duration::zero());
  stampede.filled(Duration::zero());
  stampede.filled(seconds(1));
  CHECK(stampede.window() == Duration::zero());
}

TEST_CASE(
    "a conflict opens a window of 32 round trips, and one with a longer round trip widens it") {
  Stampede stampede{kPeriod};
  stampede.conflict(milliseconds(2));
  CHECK(stampede.window() == milliseconds(64));
  stampede.conflict(milliseconds(1));
  CHECK(stampede.window() == milliseconds(64));
  stampede.conflict(milliseconds(20));
  CHECK(stampede.window() == milliseconds(640));
}

TEST_CASE("the window stays between R/512 and R once a conflict was seen") {
  Stampede stampede{kPeriod};
  stampede.conflict(Duration::zero());
  CHECK(stampede.window() == kPeriod / 512);
  stampede.conflict(seconds(60));
  CHECK(stampede.window() == kPeriod);
  stampede.conflict(seconds(60));
  CHECK(stampede.window() == kPeriod);
}

TEST_CASE("a vacancy that is filled after a quarter of the window shows few others and halves it") {
  Stampede stampede = with_window(milliseconds(1024));
  stampede.filled(milliseconds(256));
  CHECK(stampede.window() == milliseconds(512));
  stampede.filled(seconds(60));
  CHECK(stampede.window() == milliseconds(256));
  int halvings = 0;
  while (stampede.window() > Duration::zero()) {
    stampede.filled(stampede.window());
    ++halvings;
    REQUIRE(halvings < 20);
  }
  CHECK(halvings == 7);  // 256, 128 ... 4 ms, which is R/512, and then none
}

TEST_CASE("a vacancy that is filled earlier shows a crowd and takes a sixteenth off the window") {
  Stampede stampede = with_window(milliseconds(1024));
  stampede.filled(milliseconds(255));
  CHECK(stampede.window() == milliseconds(960));
  stampede.filled(Duration::zero());
  CHECK(stampede.window() == milliseconds(900));
}

TEST_CASE("delays are spread over the window, few of them early, and never beyond it") {
  const Stampede stampede = with_window(milliseconds(1024));
  Random random{7};
  int below_half = 0;
  int below_tenth = 0;
  for (int i = 0; i < 10000; ++i) {
    const Duration delay = stampede.draw(random);
    REQUIRE(delay >= Duration::zero());
    REQUIRE(delay < stampede.window());
    if (delay < stampede.window() / 2) ++below_half;
    if (delay < stampede.window() / 10) ++below_tenth;
  }
  // (1/2)^1.5 and (1/10)^1.5 of them.
  CHECK(below_half > 3400);
  CHECK(below_half < 3670);
  CHECK(below_tenth > 270);
  CHECK(below_tenth < 360);
}

TEST_CASE("two hundred followers soon write hardly more than once a vacancy") {
  std::vector<Stampede> followers(200, Stampede{kPeriod});
  Random random{3};
  CHECK(play_vacancy(followers, milliseconds(3), random) == 200);
  play_vacancy(followers, milliseconds(3), random);
  int writes = 0;
  for (int i = 0; i < 20; ++i) writes += play_vacancy(followers, milliseconds(3), random);
  CHECK(writes <= 20 * 2);
}

TEST_CASE("two followers seldom wait longer than a few round trips") {
  std::vector<Stampede> followers(2, Stampede{kPeriod});
  Random random{4};
  std::vector<Duration> waits;
  for (int i = 0; i < 1000; ++i) {
    waits.push_back(std::max(followers[0].window(), followers[1].window()));
    play_vacancy(followers, milliseconds(3), random);
  }
  std::sort(waits.begin(), waits.end());
  CHECK(waits[500] <= milliseconds(128));
  CHECK(waits[990] <= milliseconds(160));
}

}  // namespace elector::tests
