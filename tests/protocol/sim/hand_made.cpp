// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/sim/hand_made.h"

#include <chrono>
#include <string>
#include <utility>

#include "tests/protocol/sim/world.h"

namespace elector::tests {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

HostPlan host(char letter, Role role, std::vector<std::size_t> objects, seconds lease) {
  HostPlan plan;
  plan.identity = plan.label = "host-" + std::string(1, letter);
  plan.role = role;
  plan.timing = core::Timing::from_lease_duration(lease);
  plan.objects = std::move(objects);
  plan.wall_lead = hours(24 * 365 * 56);
  plan.wall_step = std::chrono::microseconds(1);
  return plan;
}

Plan quiet_world(std::vector<HostPlan> hosts, core::Duration precision) {
  Plan plan;
  plan.seed = 1;
  plan.precisions = {precision, precision};
  plan.hosts = std::move(hosts);
  plan.faults.fill(false);
  plan.delay_least = milliseconds(2);
  plan.delay_most = milliseconds(6);
  plan.lag_most = milliseconds(10);
  plan.lateness = milliseconds(1);
  plan.fault_every = hours(100);
  plan.length = seconds(40);
  return plan;
}

void until(World& world, const std::function<bool()>& what) {
  world.schedule().after(std::chrono::microseconds(500), [&world, what] {
    if (!what()) until(world, what);
  });
}

}  // namespace elector::tests
