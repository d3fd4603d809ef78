// SPDX-License-Identifier: Apache-2.0
// Tables for core/lock_state: what a record shows, by the API server's clock.
#include "core/lock_state.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>

namespace elector::tests {
namespace {

using core::Content;
using core::judge;
using core::LockState;
using core::Observation;
using core::Verdict;
using core::WallTime;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

const WallTime kNoon{hours(490000)};

Observation lease(const std::string& holder, std::optional<WallTime> renewed,
                  seconds duration = seconds(10)) {
  return {.content = Content::kRecord,
          .version = "7",
          .record = {.holder = holder,
                     .lease_duration = duration,
                     .acquire_time = renewed,
                     .renew_time = renewed,
                     .transitions = 1},
          .raw = {}};
}

Observation nothing(Content content) {
  return {.content = content, .version = "7", .raw = {}};
}

}  // namespace

TEST_CASE("a lock is held until its record has expired by the server's clock") {
  CHECK(judge(lease("a", kNoon), kNoon) == Verdict{LockState::kHeld, seconds(10)});
  CHECK(judge(lease("a", kNoon), kNoon + seconds(9)) == Verdict{LockState::kHeld, seconds(1)});
  CHECK(judge(lease("a", kNoon), kNoon + seconds(10)) == Verdict{LockState::kExpired, seconds(0)});
  CHECK(judge(lease("a", kNoon), kNoon + seconds(70)) ==
        Verdict{LockState::kExpired, seconds(-60)});
}

TEST_CASE("a record counts as held throughout the second of the Date in which it expires") {
  const WallTime renewed = kNoon + milliseconds(600);
  CHECK(judge(lease("a", renewed), kNoon + seconds(10)).state == LockState::kHeld);
  CHECK(judge(lease("a", renewed), kNoon + seconds(11)).state == LockState::kExpired);
}

TEST_CASE("a leader's clock that is ahead leaves no more than the record's duration") {
  CHECK(judge(lease("a", kNoon + hours(1)), kNoon) == Verdict{LockState::kHeld, seconds(10)});
}

TEST_CASE("times at the ends of the calendar are judged, too") {
  const WallTime first = std::chrono::sys_days(std::chrono::year(0) / 1 / 1);
  const WallTime last = std::chrono::sys_days(std::chrono::year(9999) / 12 / 31);
  CHECK(judge(lease("a", first), last).state == LockState::kExpired);
  CHECK(judge(lease("a", last), first).state == LockState::kHeld);
  CHECK(judge(lease("a", last, hours(24 * 365 * 100)), first).left ==
        std::optional<core::Duration>(hours(24 * 365 * 100)));
}

TEST_CASE("a record without a holder is released, and one that does not show its end is held") {
  CHECK(judge(lease("", kNoon), kNoon) == Verdict{LockState::kReleased});
  CHECK(judge(lease("a", std::nullopt), kNoon) == Verdict{LockState::kHeld});
  CHECK(judge(lease("a", kNoon - hours(9), seconds(0)), kNoon) == Verdict{LockState::kHeld});
}

TEST_CASE("a record that does not show its end is judged by whether it changes") {
  CHECK(core::observed_duration(lease("a", kNoon, seconds(0)).record) == core::kAssumedDuration);
  CHECK(core::observed_duration(lease("a", kNoon, seconds(7)).record) == seconds(7));
  for (Observation before : {lease("a", kNoon, seconds(0)), lease("a", std::nullopt)}) {
    CHECK(judge_again(before, before, kNoon) == Verdict{LockState::kExpired});
    before.raw = "{heartbeat: 1}";
    Observation after = before;
    after.raw = "{heartbeat: 2}";
    CHECK(judge_again(before, after, kNoon) == Verdict{LockState::kHeld});
  }
}

TEST_CASE("without a record there is nothing to judge") {
  CHECK(judge(nothing(Content::kAbsent), kNoon) == Verdict{LockState::kAbsent});
  CHECK(judge(nothing(Content::kEmpty), kNoon) == Verdict{LockState::kReleased});
  CHECK(judge(nothing(Content::kUnreadable), kNoon) == Verdict{LockState::kUnreadable});
}

TEST_CASE("a record that changes between two reads is alive, whatever the clocks show") {
  const Observation before = lease("a", kNoon - hours(1));
  const Observation renewed = lease("a", kNoon - hours(1) + seconds(2));
  CHECK(judge_again(before, before, kNoon).state == LockState::kExpired);
  CHECK(judge_again(before, renewed, kNoon) == Verdict{LockState::kHeld, seconds(10)});
  CHECK(judge_again(before, lease("", kNoon - hours(1)), kNoon).state == LockState::kReleased);
  CHECK(judge_again(before, nothing(Content::kAbsent), kNoon).state == LockState::kAbsent);
}

}  // namespace elector::tests
