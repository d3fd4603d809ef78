// SPDX-License-Identifier: Apache-2.0
// core/holder_clock: a holder whose clock is off is told from a dead one where that can be known.
#include "core/holder_clock.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>

#include "core/hourly.h"
#include "core/lock_state.h"

namespace elector::tests {
namespace {

using core::clock_error;
using core::clock_error_of_renewal;
using core::Duration;
using core::LockState;
using core::Observation;
using core::WallTime;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const WallTime kNoon{hours(490000)};
constexpr Duration kNow{};

Observation lease(WallTime renewed, std::optional<WallTime> written) {
  Observation seen;
  seen.content = core::Content::kRecord;
  seen.version = "7";
  seen.record = {.holder = "a",
                 .lease_duration = seconds(10),
                 .acquire_time = renewed,
                 .renew_time = renewed,
                 .transitions = 1};
  seen.written_at = written;
  return seen;
}

}  // namespace

TEST_CASE("a record is held while the server's time of its last write says so") {
  const Observation behind = lease(kNoon - hours(2), kNoon);
  CHECK(judge(behind, kNoon + seconds(4)) == core::Verdict{LockState::kHeld, seconds(6)});
  CHECK(judge(behind, kNoon + seconds(10)).state == LockState::kExpired);
  Observation asked = behind;
  asked.resign =
      core::ResignRequest{.holder = "a", .instance = {}, .to = {}, .id = "1", .release = {}};
  CHECK(judge(asked, kNoon + seconds(4)).state == LockState::kExpired);
  // The server's time never ends a record: some servers do not change it at each renewal.
  CHECK(judge(lease(kNoon, kNoon - hours(5)), kNoon + seconds(4)).state == LockState::kHeld);
}

TEST_CASE("one look shows a clock that is behind by the server's time, or ahead by its own") {
  CHECK(clock_error(lease(kNoon - hours(2), kNoon), kNoon + seconds(4)) ==
        std::optional<Duration>(-hours(2)));
  CHECK(clock_error(lease(kNoon + hours(2), kNoon), kNoon) == std::optional<Duration>(hours(2)));
  CHECK(clock_error(lease(kNoon + hours(2), std::nullopt), kNoon) ==
        std::optional<Duration>(hours(2)));
  CHECK_FALSE(clock_error(lease(kNoon - seconds(3), kNoon), kNoon + seconds(4)));
  CHECK_FALSE(clock_error(lease(kNoon + seconds(3), kNoon), kNoon));
  CHECK_FALSE(clock_error(lease(kNoon - hours(2), std::nullopt), kNoon));
  CHECK_FALSE(clock_error(lease(kNoon, kNoon - hours(5)), kNoon));
  // It is over by both times: whether the last write renewed it is not known.
  CHECK_FALSE(clock_error(lease(kNoon - hours(2), kNoon), kNoon + seconds(10)));
}

TEST_CASE("a renewal that is seen shows by how much its holder's clock is off") {
  for (const Duration off : {Duration(-hours(2)), Duration(hours(2))}) {
    const auto renewed = kNoon + std::chrono::duration_cast<WallTime::duration>(off);
    CHECK(clock_error_of_renewal(lease(renewed, std::nullopt), kNoon, kNow) == std::optional(off));
    CHECK(clock_error_of_renewal(lease(renewed, kNoon), kNoon, kNow) == std::optional(off));
    CHECK_FALSE(clock_error_of_renewal(lease(renewed, std::nullopt), std::nullopt, kNow));
  }
  // By the time of its write a late event is of a clock that is right.
  CHECK_FALSE(clock_error_of_renewal(lease(kNoon, kNoon), kNoon + minutes(1), kNow));
  // A server that keeps the time of the first write.
  CHECK_FALSE(clock_error_of_renewal(lease(kNoon, kNoon - hours(5)), kNoon, kNow));
  CHECK(clock_error_of_renewal(lease(kNoon - hours(2), kNoon - hours(5)), kNoon, kNow) ==
        std::optional<Duration>(-hours(2)));
  // Seen between two looks, a minute apart.
  CHECK_FALSE(clock_error_of_renewal(lease(kNoon, std::nullopt), kNoon + minutes(1), minutes(1)));
  CHECK(clock_error_of_renewal(lease(kNoon, std::nullopt), kNoon + minutes(2), minutes(1)));
}

TEST_CASE("a record is rightly dated only if the server's time of the write agrees") {
  CHECK(core::is_rightly_dated(lease(kNoon, kNoon + seconds(1))));
  CHECK_FALSE(core::is_rightly_dated(lease(kNoon, kNoon - hours(1))));
  CHECK_FALSE(core::is_rightly_dated(lease(kNoon, std::nullopt)));
}

TEST_CASE("a record far in the future that does not change between two reads has expired") {
  const Observation ahead = lease(kNoon + hours(2), std::nullopt);
  CHECK(judge(ahead, kNoon).state == LockState::kHeld);
  CHECK(judge_again(ahead, ahead, kNoon + seconds(10)).state == LockState::kExpired);
  Observation renewed = lease(kNoon + hours(2) + seconds(2), std::nullopt);
  CHECK(judge_again(ahead, renewed, kNoon + seconds(10)).state == LockState::kHeld);
}

TEST_CASE("a cause is reported at once, then hourly while it lasts") {
  core::Hourly notice;
  const core::BootTime start{seconds(1000)};
  CHECK(notice.due("a", start));
  CHECK_FALSE(notice.due("a", start + minutes(59)));
  CHECK(notice.due("a", start + minutes(60)));
  CHECK_FALSE(notice.due("a", start + minutes(119)));
  CHECK(notice.due("b", start + minutes(119)));
}

}  // namespace elector::tests
