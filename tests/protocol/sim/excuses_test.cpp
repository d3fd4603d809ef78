// SPDX-License-Identifier: Apache-2.0
// Overlaps that are counted separately, each made by hand: the simulator classifies them correctly,
// and reports nothing else as a violation.
#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/protocol/model/api_model.h"
#include "tests/protocol/sim/candidate.h"
#include "tests/protocol/sim/hand_made.h"
#include "tests/protocol/sim/plan.h"
#include "tests/protocol/sim/rival.h"
#include "tests/protocol/sim/tally.h"
#include "tests/protocol/sim/world.h"

namespace elector::tests {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::uint64_t apart(const World& world, Excuse why) {
  return world.counts().apart.at(static_cast<std::size_t>(why));
}

std::string holder(World& world, std::size_t object) {
  return world.api().model().get(object).record.holder;
}

// Electors that have come first make way for the rivals: they exit, and come back.
void let_rivals_lead(World& world) {
  world.schedule().at(seconds(3), [&world] {
    for (Candidate* who : world.candidates()) who->leave(seconds(4));
  });
}

}  // namespace

TEST_CASE("a restore that undoes the first half of a multi-lock term is counted apart") {
  Plan plan = quiet_world(
      {host('a', Role::kRival, {0}, seconds(4)), host('b', Role::kElector, {0, 1}, seconds(4))},
      milliseconds(1));
  plan.tampering = Tampering::kRestore;
  World world(plan, false);
  auto& rival = dynamic_cast<Rival&>(*world.hosts().front());
  ApiModel::Backup backup;
  let_rivals_lead(world);
  world.schedule().at(seconds(15), [&] {
    REQUIRE(holder(world, 0) == "host-a");
    backup = world.api().model().backup();
    rival.leave(milliseconds(300));
    until(world, [&] {
      if (holder(world, 0) != "host-b") return false;
      CHECK(holder(world, 1) != "host-b");
      world.checks().restored();
      world.api().restore(backup, false);
      return true;
    });
  });
  world.run();
  CHECK(world.violation() == "");
  CHECK(apart(world, Excuse::kRestored) >= 1);
}

TEST_CASE("a rival that has the secondary of a multi-lock alone is counted apart") {
  std::uint64_t counted = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    Plan plan = quiet_world(
        {host('a', Role::kRival, {0, 1}, seconds(10)), host('b', Role::kRival, {0, 1}, seconds(10)),
         host('c', Role::kElector, {0, 1}, seconds(10))},
        milliseconds(1));
    plan.seed = seed;
    plan.delay_most = milliseconds(150);
    World world(plan, false);
    world.schedule().at(seconds(3), [&world] {
      for (const auto& each : world.hosts()) {
        auto* rival = dynamic_cast<Rival*>(each.get());
        if (rival != nullptr && holder(world, 0) == rival->plan().identity) rival->leave(hours(1));
      }
    });
    world.run();
    CHECK(world.violation() == "");
    counted += apart(world, Excuse::kHalfMultiLock);
  }
  CHECK(counted > 0);
}

TEST_CASE("a rival whose lock was taken gives nothing back, and what it does is counted apart") {
  Plan plan = quiet_world(
      {host('a', Role::kRival, {0}, seconds(4)), host('b', Role::kElector, {0}, seconds(4))},
      milliseconds(1));
  World world(plan, false);
  auto& rival = dynamic_cast<Rival&>(*world.hosts().front());
  std::size_t from = 0;
  let_rivals_lead(world);
  world.schedule().at(seconds(15), [&] {
    REQUIRE(holder(world, 0) == "host-a");
    from = world.api().model().history(0).size();
    rival.freeze();
  });
  world.schedule().at(seconds(22), [&] {
    REQUIRE(holder(world, 0) == "host-b");
    rival.thaw();
  });
  world.schedule().at(seconds(22) + milliseconds(900), [&] { rival.leave(hours(1)); });
  world.run();
  CHECK(world.violation() == "");
  CHECK(apart(world, Excuse::kRivalClock) >= 1);
  const auto& history = world.api().model().history(0);
  for (std::size_t i = from; i < history.size(); ++i) CHECK(history.at(i).record.holder != "");
}

TEST_CASE("a rival that writes an elector's own record again in its name is counted apart") {
  std::uint64_t counted = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    std::vector<HostPlan> hosts = {host('a', Role::kElector, {0}, seconds(4)),
                                   host('b', Role::kRival, {0}, seconds(4))};
    hosts.back().identity = "host-a";
    Plan plan = quiet_world(std::move(hosts), seconds(1));
    plan.seed = seed;
    World world(plan, false);
    world.run();
    CHECK(world.violation() == "");
    counted += apart(world, Excuse::kNamesake);
  }
  CHECK(counted > 0);
}

TEST_CASE("a token from before a deletion is counted separately if it is reported late") {
  Plan plan = quiet_world(
      {host('a', Role::kElector, {0}, seconds(10)), host('b', Role::kElector, {0}, seconds(10))},
      milliseconds(1));
  plan.tampering = Tampering::kVanish;
  World world(plan, false);
  Candidate& late = *world.candidates().front();
  world.hosts().back()->freeze();  // has seen nothing yet when the lock is deleted
  until(world, [&] {
    if (holder(world, 0) != "host-a") return false;
    late.pause();
    world.api().change(0, [](ApiModel& model) { model.remove(0); });
    world.hosts().back()->thaw();
    world.schedule().after(seconds(1), [&] {
      CHECK(holder(world, 0) == "host-b");
      late.resume();
    });
    return true;
  });
  world.run();
  CHECK(world.violation() == "");
  CHECK(apart(world, Excuse::kTampering) >= 1);
}

}  // namespace elector::tests
