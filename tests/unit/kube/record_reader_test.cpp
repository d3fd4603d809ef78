// SPDX-License-Identifier: Apache-2.0
// Records as other clients write them: the holder, the duration, and what cannot be read.
#include "kube/lock/record_reader.h"

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "core/lock_tracker.h"
#include "kube/base/json_text.h"
#include "kube/base/time_format.h"
#include "kube/lock/record_forms.h"

namespace elector::kube {
namespace {

using core::Content;
using std::chrono::seconds;
using namespace std::chrono_literals;

core::Observation read(const std::string& text, LockKind kind = LockKind::kConfigMap) {
  CAPTURE(text);
  REQUIRE_FALSE(json::check(text));
  core::Observation seen;
  read_record(kind, text, seen);
  return seen;
}

const std::string kTime = "2026-01-02T10:00:05Z";

// A client, what it writes, and what is to be seen of it.
struct Case {
  std::string client;
  std::string text;
  seconds duration;
  std::optional<std::string> renewed;
  std::vector<std::string> unread{};
};

const std::vector<Case> kCases = {
    {"client-go",
     R"({"holderIdentity":"a","leaseDurationSeconds":15,"acquireTime":"2026-01-02T10:00:00Z","renewTime":"2026-01-02T10:00:05Z","leaderTransitions":3})",
     15s, kTime},
    {"fabric8 and Flink: leaseDuration in decimal seconds",
     R"({"holderIdentity":"a","leaseDuration":15.000000000,"acquireTime":"2026-01-02T10:00:00.000000Z","renewTime":"2026-01-02T10:00:05.000000Z","leaderTransitions":1})",
     15s, kTime},
    {"fabric8 with durations in ISO 8601 and times as numbers",
     R"({"holderIdentity":"a","leaseDuration":"PT15S","acquireTime":1767348000.000000000,"renewTime":1767348005.000000000,"leaderTransitions":1})",
     15s, kTime},
    {"fabric8 without leaderTransitions, a fraction of a second",
     R"({"holderIdentity":"a","leaseDuration":14.2,"renewTime":"2026-01-02T10:00:05.000000Z"})",
     15s, kTime},
    {"Python",
     R"({"holderIdentity":"a","leaseDurationSeconds":"17","acquireTime":"2026-01-02 10:00:00.123456","renewTime":"2026-01-02 10:00:05.000001"})",
     17s, "2026-01-02T10:00:05.000001Z"},
    {"Python, at a whole second",
     R"({"holderIdentity":"a","leaseDurationSeconds":"17","acquireTime":"2026-01-02 10:00:00","renewTime":"2026-01-02 10:00:05"})",
     17s, kTime},
    {"Python, aware of its time zone",
     R"({"holderIdentity":"a","leaseDurationSeconds":"17","acquireTime":"None","renewTime":"2026-01-02 10:00:05+00:00"})",
     17s,
     kTime,
     {"acquireTime"}},
    {"Python, another time zone",
     R"({"holderIdentity":"a","leaseDurationSeconds":17,"renewTime":"2026-01-02 11:00:05.5+01:00"})",
     17s, "2026-01-02T10:00:05.5Z"},
    {"Java, Druid",
     R"({"holderIdentity":"a","leaseDurationSeconds":60,"acquireTime":"20260102T100000.012Z","renewTime":"20260102T100005.000Z","leaderTransitions":1})",
     60s, kTime},
    {"Java, a date as Gson prints it",
     R"({"holderIdentity":"a","leaseDurationSeconds":10,"acquireTime":"Jan 2, 2026 10:00:00 AM","renewTime":"Jan 2, 2026 10:00:05 AM","leaderTransitions":0})",
     10s,
     std::nullopt,
     {"acquireTime", "renewTime"}},
    {"Java, milliseconds since 1970",
     R"({"holderIdentity":"a","leaseDurationSeconds":10,"renewTime":1767348005000})", 10s, kTime},
    {"C#: names with capitals, seven digits",
     R"({"HolderIdentity":"a","LeaseDurationSeconds":15,"AcquireTime":"2026-01-02T10:00:00.1234567Z","RenewTime":"2026-01-02T10:00:05.0000000+00:00","LeaderTransitions":4})",
     15s, kTime},
    {"C#: a TimeSpan",
     R"({"holderIdentity":"a","leaseDuration":"00:00:15","renewTime":"2026-01-02T10:00:05Z"})", 15s,
     kTime},
    {"Rust: nanoseconds",
     R"({"holderIdentity":"a","leaseDurationSeconds":15,"renewTime":"2026-01-02T10:00:05.123456789Z"})",
     15s, "2026-01-02T10:00:05.123456Z"},
    {"Go: a time.Duration and times as Go prints them",
     R"({"holderIdentity":"a","leaseDuration":15000000000,"renewTime":"2026-01-02 10:00:05.000000001 +0000 UTC m=+0.5"})",
     15s, kTime},
    {"Go: a printed time.Duration",
     R"({"holderIdentity":"a","leaseDuration":"1m30s","renewTime":"2026-01-02 12:00:05 +0200 CEST"})",
     90s, kTime},
    {"JavaScript: a float",
     R"({"holderIdentity":"a","leaseDurationSeconds":15.0,"renewTime":"2026-01-02T10:00:05.000Z","leaderTransitions":2.0})",
     15s, kTime},
    {"Ruby",
     R"({"holderIdentity":"a","leaseDurationSeconds":15,"renewTime":"2026-01-02 10:00:05 UTC"})",
     15s, kTime},
    {"a shell script without seconds",
     R"({"holderIdentity":"a","leaseDurationSeconds":"15s","renewTime":"2026-01-02T10:00Z"})", 15s,
     "2026-01-02T10:00:00Z"},
    {"the name alone",
     R"({"holderIdentity":"a"})",
     0s,
     std::nullopt,
     {"leaseDurationSeconds", "renewTime"}},
    {"no duration",
     R"({"holderIdentity":"a","renewTime":"2026-01-02T10:00:05Z"})",
     0s,
     kTime,
     {"leaseDurationSeconds"}},
    {"a duration of nothing",
     R"({"holderIdentity":"a","leaseDurationSeconds":0,"renewTime":"2026-01-02T10:00:05Z"})",
     0s,
     kTime,
     {"leaseDurationSeconds"}},
    {"null for all",
     R"({"holderIdentity":"a","leaseDurationSeconds":null,"acquireTime":null,"renewTime":null,"leaderTransitions":null})",
     0s,
     std::nullopt,
     {"leaseDurationSeconds", "renewTime"}},
    {"types that mean nothing",
     R"({"holderIdentity":"a","leaseDurationSeconds":true,"acquireTime":{},"renewTime":[1],"leaderTransitions":"many"})",
     0s,
     std::nullopt,
     {"leaseDurationSeconds", "acquireTime", "renewTime", "leaderTransitions"}},
    {"a duration that cannot be read in the other name's place",
     R"({"holderIdentity":"a","leaseDuration":"soon","renewTime":"2026-01-02T10:00:05Z"})",
     0s,
     kTime,
     {"leaseDuration"}},
    {"one duration in place of another",
     R"({"holderIdentity":"a","leaseDurationSeconds":"soon","leaseDuration":15,"renewTime":"2026-01-02T10:00:05Z"})",
     15s, kTime},
};

}  // namespace

TEST_CASE("a holder whose name can be read is shown, whichever client wrote the record") {
  for (const Case& one : kCases) {
    CAPTURE(one.client);
    const auto seen = read(one.text);
    CHECK(seen.content == Content::kRecord);
    CHECK(seen.record.holder == "a");
    CHECK(seen.record.lease_duration == one.duration);
    CHECK(seen.record.renew_time == (one.renewed ? parse_time(*one.renewed) : std::nullopt));
    CHECK(seen.unread == one.unread);
    CHECK(seen.raw == (one.unread.empty() ? "" : one.text));
  }
}

TEST_CASE("a record of another client is waited out for its duration, or for the own") {
  for (const Case& one : kCases) {
    CAPTURE(one.client);
    core::LockTracker tracker(seconds(8));
    const core::BootTime now{seconds(1000)};
    auto seen = read(one.text);
    seen.version = "5";
    tracker.observe(seen, core::Source::kRead, now, core::WallTime(seconds(1)));
    CHECK(tracker.holder() == "a");
    CHECK(tracker.free_at() == now + (one.duration > 0s ? one.duration : 8s));
  }
}

TEST_CASE("a renewal that shows only in a field of an unknown form restarts the wait") {
  core::LockTracker tracker(seconds(8));
  core::BootTime now{seconds(1000)};
  for (const std::string second : {"1", "2", "3"}) {
    auto seen =
        read(R"({"holderIdentity":"a","renewTime":"Jan 2, 2026 10:00:0)" + second + R"("})");
    seen.version = second;
    now += 5s;
    CHECK(tracker.observe(seen, core::Source::kEvent, now) == core::Change::kRecord);
    CHECK(tracker.free_at() == now + 8s);
  }
}

TEST_CASE("a name may be a number, and nothing else but a string") {
  CHECK(read(R"({"holderIdentity":12345})").record.holder == "12345");
  for (const std::string name : {"true", "[\"a\"]", "{\"name\":\"a\"}"}) {
    const auto seen = read("{\"holderIdentity\":" + name + "}");
    CHECK(seen.content == Content::kUnreadable);
    CHECK(seen.unread == std::vector<std::string>{"holderIdentity"});
  }
}

TEST_CASE("a release is one by the other clients' habits, too") {
  for (
      const std::string text :
      {R"({"holderIdentity":"","leaseDurationSeconds":1,"renewTime":"2026-01-02T10:00:05Z"})",
       R"({"holderIdentity":"","leaseDurationSeconds":0,"acquireTime":null,"renewTime":null,"leaderTransitions":4})",
       R"({"holderIdentity":"","leaseDuration":1.000000000,"renewTime":"2026-01-02 10:00:05"})",
       R"({"holderIdentity":null,"leaseDurationSeconds":"17"})"}) {
    const auto seen = read(text);
    CHECK(seen.content == Content::kRecord);
    CHECK(seen.record.holder.empty());
    CHECK(seen.unread.empty());
  }
}

TEST_CASE("durations in all their forms") {
  const auto read_any = [](const std::string& value) {
    return read_lease_duration(value, NumberUnit::kAny);
  };
  for (const auto& [value, expected] :
       std::vector<std::pair<std::string, seconds>>{{"15", 15s},
                                                    {"15.000000001", 16s},
                                                    {"1.5e1", 15s},
                                                    {"\" 15 \"", 15s},
                                                    {"\"15.5\"", 16s},
                                                    {"-3", 0s},
                                                    {"0", 0s},
                                                    {"0.2", 1s},
                                                    {"1e300", kLongestLease},
                                                    {"15000000000", 15s},
                                                    {"\"PT15S\"", 15s},
                                                    {"\"PT1M0.5S\"", 61s},
                                                    {"\"P1DT1H\"", 90000s},
                                                    {"\"P1W\"", 604800s},
                                                    {"\"15s\"", 15s},
                                                    {"\"1h1m1s\"", 3661s},
                                                    {"\"1500ms\"", 2s},
                                                    {"\"5\xc2\xb5s\"", 1s},
                                                    {"\"00:01:15\"", 75s},
                                                    {"\"1.00:00:00\"", 86400s},
                                                    {"\"00:00:15.5000000\"", 16s}}) {
    CAPTURE(value);
    CHECK(read_any(value) == expected);
  }
  for (const std::string value :
       {"true", "[]", "{}", "\"\"", "\"soon\"", "\"PT\"15", "\"P1Y\"", "\"15 s\"", "\"s\"",
        "\"15x\"", "\"1:2\"", "\"00:61:00\"", "\"nan\"", "\"inf\"", "\"0x10\"", "\"15s5\""}) {
    CAPTURE(value);
    if (json::check(value)) continue;
    CHECK_FALSE(read_any(value));
  }
  CHECK(read_lease_duration("2000000000", NumberUnit::kSeconds) == seconds(2000000000));
}

TEST_CASE("times in all their forms") {
  for (const std::string value : {"2026-01-02T10:00:05Z",
                                  "2026-01-02t10:00:05z",
                                  "2026-01-02T10:00:05+00:00",
                                  "2026-01-02T10:00:05-0000",
                                  "2026-01-02T12:30:05+02:30",
                                  "2026-01-02T12:30:05+0230",
                                  "2026-01-02T12:00:05+02",
                                  "2026-01-02 10:00:05",
                                  "2026-01-02 10:00:05 UTC",
                                  "2026-01-02 10:00:05 GMT",
                                  "2026-01-02_10:00:05",
                                  "2026/01/02 10:00:05",
                                  "20260102T100005Z",
                                  "20260102 100005",
                                  "2026-01-02T10:00:05,000Z",
                                  "2026-01-02T10:00:05.0",
                                  "2026-01-02T10:00:05.0000000001Z",
                                  "2026-01-02T11:00:05+01:00[Europe/Berlin]",
                                  "2026-01-02 10:00:05.0000001 +0000 UTC m=+0.000000001",
                                  " 2026-01-02T10:00:05Z ",
                                  "1767348005",
                                  "1767348005.0",
                                  "1767348005000",
                                  "1767348005000000",
                                  "1767348005000000000"}) {
    CAPTURE(value);
    CHECK(read_record_time(json::quote(value)) == parse_time(kTime));
  }
  CHECK(read_record_time("1767348005") == parse_time(kTime));
  CHECK(read_record_time("\"2016-12-31T23:59:60Z\"") == parse_time("2017-01-01T00:00:00Z"));
  for (const std::string value : {"",
                                  "now",
                                  "None",
                                  "2026-01-02",
                                  "2026-01-02T",
                                  "2026-13-02T10:00:05Z",
                                  "2026-02-30T10:00:05Z",
                                  "2026-01-02T24:00:05Z",
                                  "2026-01-02T10:60:05Z",
                                  "2026-01-02T10:00:61Z",
                                  "2026-01-02T10:00:05.Z",
                                  "2026-01-02T10:00:05+25:00",
                                  "2026-01-02T10:00:05 yesterday",
                                  "2026-01-02T10:00:05Z[",
                                  "10:00:05",
                                  "0",
                                  "5",
                                  "-1",
                                  "1e99",
                                  "nan",
                                  "Jan 2, 2026 10:00:05 AM"}) {
    CAPTURE(value);
    CHECK_FALSE(read_record_time(json::quote(value)));
  }
  for (const std::string value : {"true", "[]", "{}", "null"}) CHECK_FALSE(read_record_time(value));
}

}  // namespace elector::kube
