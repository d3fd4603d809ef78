// Worlds that a test makes by hand, in which nothing goes wrong but what the test does.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "core/time.h"
#include "tests/sim/plan.h"

namespace elector::tests {

class World;

// A machine whose clocks are right. letter: of its name, "host-" and the letter.
HostPlan host(char letter, Role role, std::vector<std::size_t> objects, std::chrono::seconds lease);

// precision: of each of its two lock objects.
Plan quiet_world(std::vector<HostPlan> hosts, core::Duration precision);

// Calls `what` every half millisecond until it returns true.
void until(World& world, const std::function<bool()>& what);

}  // namespace elector::tests
