// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/sim/labeller.h"

#include <algorithm>
#include <utility>

#include "tests/protocol/sim/world.h"

namespace elector::tests {

using core::Duration;
using Inbox = Host::Inbox;

void Labeller::elected() {
  ++term_;
  done();
}

void Labeller::lost() {
  done();
}

// The pods API may take longer than the process waits for it.
void Labeller::stop_work() {
  if (!host_.plan().labels) return;
  const Duration deadline = host_.plan().timing.renew_deadline;
  const Duration takes =
      world_.dice().up_to(world_.dice().chance(700) ? deadline / 8 : deadline * 2);
  holds_ = true;
  hold_(true);
  world_.schedule().after(std::min(takes, host_.clock().real(deadline)),
                          host_.in_process(Inbox::kTimers, [this, term = term_] {
                            if (term == term_) done();
                          }));
}

void Labeller::done() {
  if (std::exchange(holds_, false)) hold_(false);
}

}  // namespace elector::tests
