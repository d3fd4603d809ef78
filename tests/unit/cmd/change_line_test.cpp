// SPDX-License-Identifier: Apache-2.0
// How `elector watch` puts a change: as a line, as JSON, as variables.
#include "cmd/observe/change_line.h"

#include <doctest/doctest.h>

#include <string>

namespace elector::tests {
namespace {

using cmd::ChangeLine;

const core::WallTime kTime = std::chrono::sys_days(std::chrono::year(2026) / 1 / 2);

ChangeLine line(const std::string& lock, const std::string& leader,
                std::optional<core::LeaderChange> change) {
  ChangeLine one{.state = {}, .change = std::move(change), .time = kTime};
  one.state.election = "example";
  one.state.name_space = "prod";
  one.state.lock = lock;
  one.state.leader = leader;
  one.state.state = leader.empty() ? "released" : "held";
  one.state.transitions = 4;
  return one;
}

}  // namespace

TEST_CASE("a change is one line for people") {
  const ChangeLine first = line("leases", "a", std::nullopt);
  CHECK(to_text(first, false, false) == "2026-01-02T00:00:00Z example: a leads");
  CHECK(to_text(first, true, false) == "2026-01-02T00:00:00Z prod/example: a leads");
  CHECK(to_text(line("leases", "", std::nullopt), false, false) ==
        "2026-01-02T00:00:00Z example: nobody leads");
  const ChangeLine change =
      line("endpoints", "", core::LeaderChange{"a\x1b", "", core::Why::kReleased, 1});
  CHECK(to_text(change, true, false) ==
        "2026-01-02T00:00:00Z prod/endpoints/example: a\\x1b -> nobody (released) [1 term unseen]");
  CHECK(to_text(first, false, true) == "2026-01-02T00:00:00Z example: \x1b[32ma leads\x1b[0m");
}

TEST_CASE("a change is the election's JSON object with four members more") {
  const ChangeLine change = line("leases", "b", core::LeaderChange{"a", "b", core::Why::kExpired});
  const std::string json = to_json(change);
  CHECK(json.starts_with(R"({"election":"example","namespace":"prod","lock":"leases",)"));
  CHECK(json.ends_with(
      R"(,"time":"2026-01-02T00:00:00.000000Z","from":"a","why":"expired","missed":0})"));
  CHECK(to_json(line("leases", "a", std::nullopt))
            .ends_with(R"("from":null,"why":null,"missed":0})"));
}

TEST_CASE("a command finds the facts of the change in its environment") {
  const cmd::ChangeHook::Facts expected{
      {"LEADER_ELECTION", "example"}, {"LEADER_NAMESPACE", "prod"},    {"LEADER_LOCK", "leases"},
      {"LEADER_IDENTITY", "b"},       {"LEADER_STATE", "held"},        {"LEADER_TRANSITIONS", "4"},
      {"LEADER_PREVIOUS", "a"},       {"LEADER_REASON", "handed over"}};
  CHECK(facts_of(line("leases", "b", core::LeaderChange{"a", "b", core::Why::kHandedOver})) ==
        expected);
}

}  // namespace elector::tests
