// SPDX-License-Identifier: Apache-2.0
#include "tests/system/chaos/plan.h"

#include <doctest/doctest.h>

#include <set>
#include <tuple>
#include <vector>

#include "tests/system/chaos/access.h"

namespace elector::tests::chaos {
namespace {

using Row = std::tuple<Span, Fault, std::optional<int>, Span, std::uint64_t>;

std::vector<Row> rows(const PlanSetup& setup) {
  std::vector<Row> all;
  for (const Planned& one : plan_of(setup)) {
    all.emplace_back(one.at, one.fault, one.candidate, one.length, one.dice);
  }
  return all;
}

std::set<Fault> kinds(const PlanSetup& setup) {
  std::set<Fault> all;
  for (const Planned& one : plan_of(setup)) all.insert(one.fault);
  return all;
}

}  // namespace

TEST_SUITE("chaos: the plan") {
  TEST_CASE("the same seed gives the same plan, another seed another") {
    CHECK(rows({.seed = 7}) == rows({.seed = 7}));
    CHECK(rows({.seed = 7}) != rows({.seed = 8}));
  }

  TEST_CASE("ten minutes have every kind of fault") {
    for (const std::uint64_t seed : {1, 2, 3, 4, 5}) {
      CHECK(kinds({.seed = seed}).size() == static_cast<std::size_t>(Fault::kCount));
    }
  }

  TEST_CASE("a real server gets no request that only the test server understands") {
    for (const Fault fault :
         kinds({.test_server = false, .can_restart = false, .can_freeze = false})) {
      CHECK_FALSE(info(fault).needs_test);
      CHECK(fault != Fault::kRestart);
      CHECK(fault != Fault::kFreeze);
    }
  }

  TEST_CASE("a third of the time has faults of the server, and nothing that excuses anything") {
    std::set<Place> strict;
    std::set<Fault> storm;
    for (const Planned& one : plan_of({.seed = 4})) {
      const Stretch stretch = stretch_at(one.at);
      if (stretch == Stretch::kStorm) storm.insert(one.fault);
      if (stretch == Stretch::kStorm || one.fault == Fault::kEdit) continue;
      CHECK_FALSE(excuses(one.fault));
      if (stretch == Stretch::kStrict) strict.insert(info(one.fault).place);
    }
    CHECK(strict == std::set<Place>{Place::kProcess, Place::kExecProcess, Place::kWay,
                                    Place::kServer, Place::kWatch, Place::kCredential,
                                    Place::kHand});
    CHECK(storm.contains(Fault::kForce));
    CHECK(storm.contains(Fault::kDelete));
  }

  TEST_CASE("two of five candidates have a client certificate, and its change meets one of them") {
    const auto certified = [](bool real) {
      return [real](int one) { return Access::kind_of(real, one) == Access::Kind::kCertificate; };
    };
    std::set<int> met;
    for (int number = 0; number < 5; ++number) {
      const auto one = first_fit(number, 5, certified(false));
      REQUIRE(one);
      CHECK(certified(false)(*one));
      met.insert(*one);
      CHECK_FALSE(first_fit(number, 5, certified(true)));
    }
    CHECK(met.size() == 2);
  }

  TEST_CASE("a run with less than a term in ten seconds, or in five leases, is too idle") {
    CHECK(least_terms(std::chrono::seconds(600), std::chrono::seconds(2)) == 60);
    CHECK(least_terms(std::chrono::seconds(600), std::chrono::seconds(4)) == 30);
    CHECK(least_terms(std::chrono::seconds(5), std::chrono::seconds(2)) == 1);
  }

  TEST_CASE("what was planned and never done is reported, and what was planned for later is not") {
    const auto at = [](int second, Fault fault) {
      return Planned{.at = std::chrono::seconds(second),
                     .fault = fault,
                     .candidate = std::nullopt,
                     .length = Span(0),
                     .dice = 0};
    };
    const std::vector<Planned> plan{at(1, Fault::kStop), at(2, Fault::kCut), at(3, Fault::kCut),
                                    at(9, Fault::kForce)};
    const Span length = std::chrono::seconds(9);
    CHECK(never_done(plan, length, {Fault::kStop}) == std::vector<Fault>{Fault::kCut});
    CHECK(never_done(plan, length, {Fault::kStop, Fault::kCut}).empty());
  }

  TEST_CASE("faults come in order, within the time, and last up to three leases") {
    const PlanSetup setup{.seed = 3};
    Span before{0};
    for (const Planned& one : plan_of(setup)) {
      CHECK(one.at >= before);
      CHECK(one.at < setup.length);
      CHECK(one.length <= 3 * setup.lease);
      CHECK((one.length > Span(0)) == info(one.fault).lasts);
      before = one.at;
    }
  }
}

}  // namespace elector::tests::chaos
