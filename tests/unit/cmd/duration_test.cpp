// SPDX-License-Identifier: Apache-2.0
// Durations as they are typed and as they are shown.
#include "cmd/output/duration.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace elector::tests {
namespace {

using cmd::format_duration;
using cmd::parse_duration;
using core::Duration;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::int64_t kCentury = std::int64_t{876'000} * 3600 * 1'000'000'000;

TEST_CASE("a duration is read as Go reads it, and a bare number is seconds") {
  const std::vector<std::pair<std::string, std::int64_t>> table{
      {"0", 0},
      {"0s", 0},
      {"-0", 0},
      {"10s", 10'000'000'000},
      {"10", 10'000'000'000},
      {"1.5", 1'500'000'000},
      {".5", 500'000'000},
      {"1m30s", 90'000'000'000},
      {"1.5h", 5'400'000'000'000},
      {"300ms", 300'000'000},
      {"1h2m3s4ms5us6ns", 3'723'004'005'006},
      {"5µs", 5'000},
      {"5μs", 5'000},
      {"1ns", 1},
      {"-3s", -3'000'000'000},
      {"+5s", 5'000'000'000},
      {"-1.5m", -90'000'000'000},
      {"1.s", 1'000'000'000},
      {".5s", 500'000'000},
      {"0.3333333333333333333h", 1'199'999'999'999},
      {"0.100000000000000000000h", 360'000'000'000},
      {"0.0000000001s", 0},
      {"39h9m14.425s", 140'954'425'000'000},
      {"30s1m", 90'000'000'000},
      {"0000000000000000000000010s", 10'000'000'000},
      {"3153600000000000000ns", kCentury},
      {"3153600000s", kCentury},
      {"876000h", kCentury},
      {"-876000h", -kCentury},
  };
  for (const auto& [text, nanoseconds] : table) {
    const auto& given = text;  // clang 14 captures no structured binding
    CAPTURE(given);
    const auto duration = parse_duration(text);
    REQUIRE(duration.has_value());
    CHECK(duration->count() == nanoseconds);
  }
}

TEST_CASE("Go's longest durations are read where they are asked for, and nothing longer") {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  for (const std::string text : {"2562047h47m16.854775807s", "9223372036854775807ns",
                                 "9223372036.854775807s", "2562047h47m16s854ms775us807ns"}) {
    CAPTURE(text);
    REQUIRE(cmd::parse_go_duration(text));
    CHECK(cmd::parse_go_duration(text)->count() == kMost);
    CHECK_FALSE(parse_duration(text));
  }
  for (const std::string text :
       {"2562047h47m16.854775808s", "9223372036854775808ns", "2562048h", "-876001h",
        "18446744073709551616ns", "99999999999999999999999h"}) {
    CAPTURE(text);
    CHECK_FALSE(cmd::parse_go_duration(text));
  }
}

TEST_CASE("an invalid duration is refused with an example of a valid one") {
  for (const std::string text :
       {"",     "abc",   "-",    "+",   ".",      "s",     ".s",    "-.s",  "10x",
        "10 s", " 10s",  "10s ", "1h2", "1.5.5s", "1,5s",  "--3s",  "1e3s", "0x10",
        "3S",   "10sec", "1d",   "s10", "1m 30s", "\xc2s", "10\xce"}) {
    CAPTURE(text);
    const auto duration = parse_duration(text);
    REQUIRE_FALSE(duration.has_value());
    CHECK(duration.error().kind == Error::Kind::kUsage);
    CHECK(duration.error().message.ends_with(
        " is not a duration; write 10s, 1m30s or 500ms, for example"));
  }
}

TEST_CASE("a duration that does not fit is refused with the limit") {
  for (const std::string text :
       {"99999999999999999999", "3153600001", "3153600000000000001ns", "876001h",
        "18446744073709551616s", "876000h1s", "-9223372036854775808ns", "1000000000000000h",
        "3153600000.000000001s"}) {
    CAPTURE(text);
    const auto duration = parse_duration(text);
    REQUIRE_FALSE(duration.has_value());
    CHECK(duration.error().message ==
          "\"" + text + "\" is too long a duration; the limit is 876000h");
  }
}

TEST_CASE("a duration is shown in its shortest form, which reads back as the same") {
  const std::vector<std::pair<std::int64_t, std::string>> table{
      {0, "0s"},
      {1, "1ns"},
      {1'500, "1.5us"},
      {300'000'000, "300ms"},
      {2'500'000'000, "2.5s"},
      {10'000'000'000, "10s"},
      {6'666'666'666, "6.666666666s"},
      {60'000'000'000, "1m"},
      {90'000'000'000, "1m30s"},
      {60'500'000'000, "1m0.5s"},
      {3'600'000'000'000, "1h"},
      {3'600'000'000'001, "1h0.000000001s"},
      {5'400'000'000'000, "1h30m"},
      {-3'000'000'000, "-3s"},
      {kCentury, "876000h"},
  };
  for (const auto& [nanoseconds, text] : table) {
    const auto& given = text;  // clang 14 captures no structured binding
    CAPTURE(given);
    CHECK(format_duration(Duration(nanoseconds)) == text);
    const auto again = parse_duration(text);
    REQUIRE(again.has_value());
    CHECK(again->count() == nanoseconds);
  }
  CHECK(format_duration(Duration::max()) == "2562047h47m16.854775807s");
  CHECK(format_duration(Duration::min()) == "-2562047h47m16.854775808s");
}

}  // namespace
TEST_CASE("a span of time is as short as kubectl's ages") {
  CHECK(cmd::short_duration(seconds(-5)) == "0s");
  CHECK(cmd::short_duration(seconds(119)) == "119s");
  CHECK(cmd::short_duration(seconds(312)) == "5m12s");
  CHECK(cmd::short_duration(minutes(90)) == "90m");
  CHECK(cmd::short_duration(minutes(200)) == "3h20m");
  CHECK(cmd::short_duration(hours(30)) == "30h");
  CHECK(cmd::short_duration(hours(51)) == "2d3h");
  CHECK(cmd::short_duration(hours(24 * 100)) == "100d");
  CHECK(cmd::short_duration(hours(24 * 800)) == "2y70d");
}

}  // namespace elector::tests
