// SPDX-License-Identifier: Apache-2.0
// How one election is put: as JSON, as YAML, as a row, spelt out.
#include "cmd/observe/election_table.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace elector::tests {
namespace {

using cmd::SeenElection;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const core::WallTime kNow = std::chrono::sys_days(std::chrono::year(2026) / 1 / 2) + hours(12);

SeenElection election(const std::string& holder, seconds renewed_ago) {
  SeenElection one{{kube::LockKind::kLease, "prod", "example"}, {}, kNow, {}};
  one.seen = {.content = core::Content::kRecord,
              .version = "7",
              .record = {.holder = holder,
                         .lease_duration = seconds(10),
                         .acquire_time = kNow - minutes(7),
                         .renew_time = kNow - renewed_ago,
                         .transitions = 4},
              .raw = {}};
  one.verdict = core::judge(one.seen, kNow);
  return one;
}

SeenElection without_record(core::Content content) {
  SeenElection one{{kube::LockKind::kEndpoints, "prod", "example"}, {}, kNow, {}};
  one.seen.content = content;
  one.verdict = core::judge(one.seen, kNow);
  return one;
}

std::string row(const SeenElection& one, bool wide = false) {
  return cmd::render_table(cmd::election_table(std::vector{one}, wide, false), {.headers = false});
}

}  // namespace

TEST_CASE("an election is one JSON object, and the same members in YAML") {
  CHECK(cmd::to_json(cmd::state_of(election("a", seconds(2)), "a")) ==
        R"({"election":"example","namespace":"prod","lock":"leases","id":"a","leader":"a",)"
        R"("isLeader":true,"state":"held","acquireTime":"2026-01-02T11:53:00.000000Z",)"
        R"("renewTime":"2026-01-02T11:59:58.000000Z","expiresInMs":8000,"transitions":4,)"
        R"("fencingToken":null,"observedAgoMs":0,"unread":[],"strategy":null})");
  CHECK(cmd::to_yaml(cmd::state_of(election("a\n", seconds(20)), std::nullopt), "- ", "  ") ==
        "- election: \"example\"\n  namespace: \"prod\"\n  lock: \"leases\"\n  id: null\n"
        "  leader: \"\"\n  isLeader: null\n  state: \"expired\"\n"
        "  acquireTime: \"2026-01-02T11:53:00.000000Z\"\n"
        "  renewTime: \"2026-01-02T11:59:40.000000Z\"\n  expiresInMs: null\n  transitions: 4\n"
        "  fencingToken: null\n  observedAgoMs: 0\n  unread: []\n  strategy: null\n");
}

TEST_CASE("what cannot be known of an unreadable record is null") {
  const auto state = cmd::state_of(without_record(core::Content::kUnreadable), "a");
  CHECK_FALSE(state.leader);
  CHECK_FALSE(state.is_leader);
  CHECK_FALSE(state.transitions);
  const auto absent = cmd::state_of(without_record(core::Content::kAbsent), "a");
  CHECK(absent.leader == "");
  CHECK(absent.is_leader == false);
}

TEST_CASE("a row names a leader only while the record is valid") {
  CHECK(row(election("a", seconds(2))) == "example\tleases\ta\theld\t4\t7m\t8s\n");
  CHECK(row(election("a", seconds(70))) == "example\tleases\t-\texpired\t4\t-\t60s ago\n");
  CHECK(row(election("", seconds(70))) == "example\tleases\t-\treleased\t4\t-\t-\n");
  CHECK(row(without_record(core::Content::kUnreadable)) ==
        "example\tendpoints\t-\tunreadable\t-\t-\t-\n");
  CHECK(row(election("a", seconds(70)), true) ==
        "example\tleases\t-\texpired\t4\t-\t60s ago\ta\t70s ago\t10s\n");
}

TEST_CASE("one election is spelt out") {
  CHECK(cmd::spelt_out(election("a", seconds(2)), false) ==
        "Election:    example\nNamespace:   prod\nLock:        leases\nLeader:      a\n"
        "State:       held\nSince:       2026-01-02T11:53:00Z (7m ago)\n"
        "Renewed:     2026-01-02T11:59:58Z (2s ago)\n"
        "Expires:     in 8s (a record is valid for 10s)\nTransitions: 4\n");
  const std::string expired = cmd::spelt_out(election("a", seconds(70)), false);
  CHECK(expired.find("Leader:      nobody (last held by a)\n") != std::string::npos);
  CHECK(expired.find("Expires:     60s ago") != std::string::npos);
  CHECK(cmd::spelt_out(without_record(core::Content::kAbsent), true) ==
        "Election:    example\nNamespace:   prod\nLock:        endpoints\nLeader:      nobody\n"
        "State:       \x1b[2mabsent\x1b[0m: there is no such election\n");
}

TEST_CASE("a clock that is off is named, and its times count as they were by the right one") {
  SeenElection one = election("a", hours(-2) + seconds(3));
  one.clock_error = hours(2);
  const std::string text = cmd::spelt_out(one, false);
  CHECK(text.find("Renewed:     2026-01-02T13:59:57Z (3s ago)\n"
                  "Clock:       its holder's clock is 120m ahead of the API server's\n") !=
        std::string::npos);
  CHECK(text.find("the holder may be dead (--confirm shows it)") != std::string::npos);
  one.confirmed = true;
  CHECK(cmd::spelt_out(one, false).find("State:       held\n") != std::string::npos);
  CHECK(cmd::spelt_out(election("a", seconds(-3)), false).find("(in 3s)\n") != std::string::npos);
  CHECK(row(election("a", seconds(-3)), true).find("\tin 3s\t") != std::string::npos);
  SeenElection later = election("a", seconds(0));
  later.seen.record.acquire_time = kNow + minutes(1);
  CHECK(row(later) == "example\tleases\ta\theld\t4\t-\t10s\n");
}

TEST_CASE("an expired record is a dead holder's only if its times are known to be right") {
  SeenElection one = election("a", seconds(70));
  CHECK(cmd::spelt_out(one, false)
            .find("the holder is dead, or its clock is behind "
                  "(--confirm shows which)") != std::string::npos);
  const std::string sure = "State:       expired: its holder has not renewed it in time\n";
  one.seen.written_at = kNow - seconds(69);
  CHECK(cmd::spelt_out(one, false).find(sure) != std::string::npos);
  one.seen.written_at.reset();
  one.confirmed = true;
  CHECK(cmd::spelt_out(one, false).find(sure) != std::string::npos);
}

TEST_CASE("an object is referred to as kubectl does") {
  CHECK(cmd::object_reference({kube::LockKind::kLease, "n", "x"}) == "lease.coordination.k8s.io/x");
  CHECK(cmd::object_reference({kube::LockKind::kEndpoints, "n", "x"}) == "endpoints/x");
  CHECK(cmd::object_reference({kube::LockKind::kConfigMap, "n", "x"}) == "configmap/x");
}

}  // namespace elector::tests
