// SPDX-License-Identifier: Apache-2.0
// core/wait_notice: one line for each wait that an operator would wonder about, and no other.
#include "core/wait_notice.h"

#include <doctest/doctest.h>

#include <string>

namespace elector::tests {
namespace {

using core::BootTime;
using core::Duration;
using core::WaitNotice;
using std::chrono::hours;
using std::chrono::seconds;

BootTime at(Duration since_start) {
  return BootTime(seconds(1000) + since_start);
}

WaitNotice::Wait wait(const std::string& holder, Duration renewed, Duration lasts,
                      bool seems_dead = false) {
  WaitNotice::Wait one;
  one.record.holder = holder;
  one.free_at = at(renewed + lasts);
  one.seems_dead = seems_dead;
  return one;
}

}  // namespace

TEST_CASE("a record that had expired at the first read is reported at once, and once") {
  WaitNotice notice(seconds(2));
  const auto dead = wait("a", seconds(0), hours(1), true);
  CHECK(notice.look(dead, at(seconds(0))));
  CHECK_FALSE(notice.next_wake());
  for (int i = 1; i < 3600; i += 100) CHECK_FALSE(notice.look(dead, at(seconds(i))));
  CHECK(notice.look(wait("b", seconds(3600), hours(1), true), at(seconds(3600))));
}

TEST_CASE("a holder that renews is never reported") {
  for (const seconds lasts : {seconds(2), seconds(10), seconds(60), seconds(3600)}) {
    for (const auto between : {lasts / 5, lasts / 3, lasts * 9 / 20}) {
      CAPTURE(lasts.count());
      CAPTURE(between.count());
      if (between > WaitNotice::kLongestSilence) continue;
      WaitNotice notice(seconds(1));
      for (int i = 0; i < 20; ++i) {
        const Duration renewed = i * between;
        CHECK_FALSE(notice.look(wait("a", renewed, lasts), at(renewed)));
        CHECK_FALSE(notice.look(wait("a", renewed, lasts), at(renewed + between - seconds(0))));
      }
    }
  }
}

TEST_CASE("a holder that stops renewing is reported after half of its record, or a minute") {
  struct Row {
    seconds lasts;
    seconds told;
  };
  for (const Row& row : {Row{seconds(20), seconds(10)}, Row{seconds(60), seconds(30)},
                         Row{seconds(3600), seconds(60)}}) {
    WaitNotice notice(seconds(2));
    const auto silent = wait("a", seconds(0), row.lasts);
    CHECK_FALSE(notice.look(silent, at(seconds(0))));
    REQUIRE(notice.next_wake() == at(row.told));
    CHECK_FALSE(notice.look(silent, at(row.told - seconds(1))));
    CHECK(notice.look(silent, at(row.told)));
    CHECK_FALSE(notice.look(silent, at(row.told + seconds(1))));
  }
}

TEST_CASE("a holder that renews more seldom is known by what it did before") {
  WaitNotice notice(seconds(2));
  CHECK_FALSE(notice.look(wait("a", seconds(0), hours(1)), at(seconds(0))));
  CHECK(notice.look(wait("a", seconds(0), hours(1)), at(seconds(60))));
  CHECK_FALSE(notice.look(wait("a", seconds(600), hours(1)), at(seconds(600))));
  CHECK_FALSE(notice.look(wait("a", seconds(600), hours(1)), at(seconds(1199))));
  CHECK(notice.next_wake() == at(seconds(1800)));
  CHECK_FALSE(notice.look(wait("a", seconds(1200), hours(1)), at(seconds(1200))));
  CHECK(notice.look(wait("a", seconds(1200), hours(1)), at(seconds(2400))));
}

TEST_CASE("a short wait is not reported") {
  WaitNotice notice(seconds(2));
  CHECK_FALSE(notice.look(wait("a", seconds(0), seconds(5)), at(seconds(0))));
  CHECK_FALSE(notice.next_wake());
  CHECK_FALSE(notice.look(wait("a", seconds(0), seconds(5)), at(seconds(4))));
  CHECK_FALSE(notice.look(std::nullopt, at(seconds(5))));
  CHECK_FALSE(notice.next_wake());
}

}  // namespace elector::tests
