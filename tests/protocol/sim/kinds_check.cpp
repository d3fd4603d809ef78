// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/sim/kinds_check.h"

#include <string>

#include "tests/protocol/sim/candidate.h"
#include "tests/protocol/sim/world.h"

namespace elector::tests {

using core::Duration;

// The last fault may last two leases, and its effect on a process two more.
bool KindsCheck::quiet() const {
  const Plan& plan = world_.plan();
  return world_.schedule().now() > plan.quiet_from + plan.longest_lease() * 5;
}

const Candidate* KindsCheck::leader(std::size_t election) const {
  for (const Candidate* who : world_.candidates()) {
    if (world_.plan().election_of(who->plan()) == election && who->claims()) return who;
  }
  return nullptr;
}

// A leader looks at the other kind every other lease, and its work may take two to stop.
void KindsCheck::step() {
  if (!quiet()) return;
  const Real now = world_.schedule().now();
  const Candidate* one = leader(0);
  const Candidate* other = leader(1);
  if (one == nullptr || other == nullptr) {
    both_since_.reset();
  } else if (!both_since_) {
    both_since_ = now;
  } else if (now > *both_since_ + world_.plan().longest_lease() * 8) {
    world_.fail("kinds", std::string(one->name()) + " and " + std::string(other->name()) +
                             " go on leading on two lock kinds");
  }
  const Duration last = world_.plan().longest_lease() * 2;
  if (counted_ || now < world_.plan().length - last) return;
  counted_ = true;
  if ((one == nullptr) != (other == nullptr)) ++world_.tally().kinds_settled;
}

// Every leader may have to give way once, and two may begin at the same time once more; but that
// must end.
void KindsCheck::steps_down(const Candidate& who) {
  if (!quiet() || ++stepped_down_ <= world_.plan().hosts.size() + 2) return;
  world_.fail("kinds", std::string(who.name()) +
                           " steps down again: the elections on two lock kinds take turns");
}

}  // namespace elector::tests
