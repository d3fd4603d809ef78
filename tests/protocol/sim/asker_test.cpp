// SPDX-License-Identifier: Apache-2.0
// Requests to a leader, made by hand, in situations that a drawn run rarely reaches.
#include "tests/protocol/sim/asker.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "tests/protocol/model/api_model.h"
#include "tests/protocol/sim/candidate.h"
#include "tests/protocol/sim/hand_made.h"
#include "tests/protocol/sim/world.h"

namespace elector::tests {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("resign looks again when a reading has failed and its watch shows nothing") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    HostPlan asker = host('b', Role::kAsker, {0}, seconds(10));
    Plan plan = quiet_world({host('a', Role::kElector, {0}, seconds(10)), std::move(asker)},
                            milliseconds(1));
    plan.seed = seed;
    plan.length = seconds(120);
    World world(plan, false);
    world.schedule().at(seconds(5), [&] { world.askers().front()->ask({.id = "r"}, {}); });
    // Its writes conflict with others' until it may no longer read what was written; and the leader
    // dies.
    const int edits = 40 + static_cast<int>(seed % 20);
    for (int i = 0; i < edits; ++i) {
      world.schedule().at(seconds(5) + milliseconds(i), [&world, i] {
        world.api().change(0, [i](ApiModel& model) { model.edit(0, std::to_string(i)); });
      });
    }
    const milliseconds then(edits + static_cast<int>(seed / 20));
    world.schedule().at(seconds(5) + then, [&] {
      world.candidates().front()->crash();
      world.api().set_mood(Mood::kForbidden);
    });
    world.schedule().at(seconds(8), [&] { world.api().set_mood(Mood::kUp); });
    world.run();
    CHECK(world.violation() == "");
    CHECK(world.askers().front()->idle());
  }
}

}  // namespace elector::tests
