// SPDX-License-Identifier: Apache-2.0
// Worlds that a test builds by hand, in which only the test causes faults.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "core/time.h"
#include "tests/protocol/sim/plan.h"

namespace elector::tests {

class World;

// A machine with correct clocks. letter: its name is "host-" and this letter.
HostPlan host(char letter, Role role, std::vector<std::size_t> objects, std::chrono::seconds lease);

// precision: of each of the world's two lock objects.
Plan quiet_world(std::vector<HostPlan> hosts, core::Duration precision);

// Calls `what` every half millisecond until it returns true.
void until(World& world, const std::function<bool()>& what);

}  // namespace elector::tests
