// SPDX-License-Identifier: Apache-2.0
#include "kube/base/time_format.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

using namespace std::chrono_literals;
using elector::core::WallTime;
using elector::kube::format_time;
using elector::kube::parse_time;
using elector::kube::TimePrecision;

namespace {

// 2026-01-02T03:04:05Z
constexpr WallTime kBase = std::chrono::sys_days(std::chrono::year(2026) / 1 / 2) + 3h + 4min + 5s;

}  // namespace

TEST_CASE("a time is written to the second or to the microsecond, in UTC, what is finer cut off") {
  CHECK(format_time(kBase + 678'901us, TimePrecision::kSeconds) == "2026-01-02T03:04:05Z");
  CHECK(format_time(kBase + 678'901us, TimePrecision::kMicroseconds) ==
        "2026-01-02T03:04:05.678901Z");
  CHECK(format_time(kBase, TimePrecision::kMicroseconds) == "2026-01-02T03:04:05.000000Z");
  const WallTime before_the_epoch = WallTime(-1us);
  CHECK(format_time(before_the_epoch, TimePrecision::kSeconds) == "1969-12-31T23:59:59Z");
  CHECK(format_time(before_the_epoch, TimePrecision::kMicroseconds) ==
        "1969-12-31T23:59:59.999999Z");
  CHECK(format_time(WallTime::max(), TimePrecision::kSeconds) == "9999-12-31T23:59:59Z");
  CHECK(format_time(WallTime::min(), TimePrecision::kSeconds) == "0000-01-01T00:00:00Z");
}

TEST_CASE("RFC 3339 times are read whatever their fraction and offset") {
  struct Row {
    const char* text;
    std::chrono::microseconds after_base;
  };
  for (const Row& row : {Row{"2026-01-02T03:04:05Z", 0us},
                         {"2026-01-02t03:04:05z", 0us},
                         {"2026-01-02T03:04:05.6Z", 600'000us},
                         {"2026-01-02T03:04:05.678901Z", 678'901us},
                         {"2026-01-02T03:04:05.678901999Z", 678'901us},
                         {"2026-01-02T03:04:05.000000Z", 0us},
                         {"2026-01-02T03:04:05+00:00", 0us},
                         {"2026-01-02T05:34:05+02:30", 0us},
                         {"2026-01-01T19:04:05-08:00", 0us},
                         {"2026-01-02T03:04:05.5-00:30", 30min + 500ms}}) {
    CAPTURE(row.text);
    REQUIRE(parse_time(row.text));
    CHECK(*parse_time(row.text) - kBase == row.after_base);
  }
  CHECK(parse_time("0001-01-01T00:00:00Z"));  // Go's zero time
  CHECK(parse_time("2024-02-29T00:00:00Z"));
}

TEST_CASE("text that is not an RFC 3339 time is refused") {
  for (const std::string text : {"",
                                 "now",
                                 "2026",
                                 "2026-01-02",
                                 "2026-01-02T03:04:05",
                                 "2026-01-02 03:04:05Z",
                                 "2026-01-02T03:04Z",
                                 "2026-1-2T03:04:05Z",
                                 "2026-02-29T00:00:00Z",
                                 "2026-13-01T00:00:00Z",
                                 "2026-00-01T00:00:00Z",
                                 "2026-01-00T00:00:00Z",
                                 "2026-01-02T24:00:00Z",
                                 "2026-01-02T03:60:05Z",
                                 "2026-01-02T03:04:60Z",
                                 "2026-01-02T03:04:05.Z",
                                 "2026-01-02T03:04:05.1234567890Z",
                                 "2026-01-02T03:04:05+0200",
                                 "2026-01-02T03:04:05+24:00",
                                 "2026-01-02T03:04:05Z ",
                                 " 2026-01-02T03:04:05Z",
                                 "2026-01-02T03:04:05ZZ",
                                 "1767323045",
                                 "+026-01-02T03:04:05Z",
                                 "2026-01-02T-3:04:05Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_time(text));
  }
}

TEST_CASE("a time that was written reads back equal") {
  for (const auto offset : {0us, 1us, 999'999us, 123'456us}) {
    for (const auto day : {0, 400, -20'000, 700'000}) {
      const WallTime time = kBase + offset + std::chrono::days(day);
      CHECK(parse_time(format_time(time, TimePrecision::kMicroseconds)) == time);
      CHECK(parse_time(format_time(time, TimePrecision::kSeconds)) ==
            std::chrono::floor<std::chrono::seconds>(time));
    }
  }
}
