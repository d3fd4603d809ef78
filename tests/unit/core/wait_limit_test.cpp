// SPDX-License-Identifier: Apache-2.0
// Tables for `exec --wait`: when a candidacy is given up, and why.
#include "core/wait_limit.h"

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

namespace elector::tests {
namespace {

using core::BootTime;
using core::WaitLimit;
using std::chrono::seconds;
using Facts = WaitLimit::Facts;
using Others = core::OtherLocks::Verdict;
using Reason = WaitLimit::Reason;

BootTime at(int second) {
  return BootTime(seconds(1000 + second));
}

// Stands, has read the lock, and could do nothing about it: another holds it.
Facts held() {
  return {.another_leads = true, .tried = true};
}

}  // namespace

TEST_CASE("--wait: at its end the reason follows from the state") {
  struct Row {
    const char* name;
    std::function<void(Facts&)> change;
    std::optional<Reason> with_time;  // at the end of --wait=5s
    std::optional<Reason> without;    // with --wait=0
  };
  const auto nothing = std::optional<Reason>();
  const std::vector<Row> table{
      {"another holds it", [](Facts&) {}, Reason::kAnotherHolds, Reason::kAnotherHolds},
      {"a vacancy that was not had in time", [](Facts& f) { f.another_leads = false; },
       Reason::kAnotherHolds, Reason::kAnotherHolds},
      {"a try is under way", [](Facts& f) { f = {.tried = false}; }, Reason::kAnotherHolds,
       nothing},
      {"the lock was not read yet", [](Facts& f) { f = {.observed = false}; }, Reason::kApi,
       nothing},
      {"requests fail", [](Facts& f) { f.api_answers = false; }, Reason::kApi, Reason::kApi},
      {"not healthy", [](Facts& f) { f.unhealthy = true; }, Reason::kUnhealthy, Reason::kUnhealthy},
      {"health not known, another holds it", [](Facts& f) { f.fit = f.tried = false; },
       Reason::kAnotherHolds, nothing},
      {"health not known, nobody holds it",
       [](Facts& f) { f.fit = f.tried = f.another_leads = false; }, Reason::kUnhealthy, nothing},
      {"a live record on another kind, and the lock is free",
       [](Facts& f) { f = {.others = Others::kLive}; }, Reason::kOtherElection,
       Reason::kOtherElection},
      {"a live record on another kind, and another holds the lock",
       [](Facts& f) {
         f.others = Others::kLive;
         f.tried = false;
       },
       Reason::kAnotherHolds, Reason::kAnotherHolds},
      {"another kind was not looked at yet", [](Facts& f) { f = {.others = Others::kUnknown}; },
       Reason::kApi, nothing},
      {"another kind cannot be looked at", [](Facts& f) { f = {.others = Others::kLookFailed}; },
       Reason::kApi, Reason::kApi},
      {"a dead record on another kind", [](Facts& f) { f = {.others = Others::kSeemsDead}; },
       nothing, nothing},
      {"a dead holder", [](Facts& f) { f = {.tried = true, .seems_dead = true}; }, nothing,
       nothing},
  };
  for (const Row& row : table) {
    CAPTURE(row.name);
    Facts facts = held();
    row.change(facts);
    WaitLimit long_one(seconds(5));
    long_one.begin(at(0));
    CHECK_FALSE(long_one.check(facts, at(4)));
    CHECK(long_one.check(facts, at(5)) == row.with_time);
    WaitLimit none(seconds(0));
    none.begin(at(0));
    CHECK(none.check(facts, at(0)) == row.without);
  }
}

TEST_CASE("--wait: without it nothing is ever given up") {
  WaitLimit limit(std::nullopt);
  limit.begin(at(0));
  CHECK_FALSE(limit.until());
  CHECK_FALSE(limit.check(held(), at(1'000'000)));
}

TEST_CASE("--wait: once a dead holder is waited out there is one try, however long --wait was") {
  for (const int wait : {0, 5}) {
    for (const bool on_another_kind : {false, true}) {
      WaitLimit limit{seconds(wait)};
      limit.begin(at(0));
      const Facts dead = on_another_kind ? Facts{.others = Others::kSeemsDead}
                                         : Facts{.tried = true, .seems_dead = true};
      CHECK_FALSE(limit.check(dead, at(wait)));
      CHECK(limit.outwaits_dead());
      CHECK_FALSE(limit.check({.tried = false}, at(wait + 15)));
      CHECK(limit.check(held(), at(wait + 16)) == Reason::kAnotherHolds);
    }
  }
}

TEST_CASE("--wait: starts again after a term, and then another leader is not a conflict") {
  WaitLimit limit(seconds(5));
  limit.begin(at(0));
  limit.elected();
  CHECK_FALSE(limit.until());
  CHECK_FALSE(limit.check(held(), at(100)));
  limit.begin(at(100));
  CHECK(limit.until() == at(105));
  CHECK_FALSE(limit.check(held(), at(104)));
  CHECK(limit.check(held(), at(105)) == Reason::kLedBefore);

  WaitLimit none(seconds(0));
  none.begin(at(0));
  none.elected();
  none.begin(at(10));
  CHECK(none.check(held(), at(10)) == Reason::kLedBefore);
}

TEST_CASE("--wait: each reason has a line of its own, and the other kind is named") {
  CHECK(core::describe(Reason::kOtherElection, "endpoints").find("on endpoints") !=
        std::string::npos);
  CHECK(core::describe(Reason::kLedBefore, "") != core::describe(Reason::kAnotherHolds, ""));
}

}  // namespace elector::tests
