#include "tests/sim/owner.h"

#include <algorithm>
#include <chrono>

#include "tests/sim/host.h"
#include "tests/sim/world.h"

namespace elector::tests {

using std::chrono::milliseconds;

// Where the clocks' rates differ by more than K allows for, work must not outlive the hold.
core::BootTime Owner::deadline(core::BootTime hold_until, core::BootTime gone_by) const {
  return world_.plan().work_outlives_hold ? gone_by : hold_until;
}

void Owner::begin(core::BootTime hold_until, core::BootTime gone_by) {
  runs_ = true;
  ++number_;
  grace_ = gone_by - hold_until;
  deadline_ = deadline(hold_until, gone_by);
  if (!guarded_) guard();
}

void Owner::extend(core::BootTime hold_until, core::BootTime gone_by) {
  deadline_ = std::max(deadline_, deadline(hold_until, gone_by));
}

void Owner::drain() {
  const bool slow = world_.dice().chance(300);
  end_within(slow ? core::Duration(host_.plan().timing.lease_duration) * 2
                  : core::Duration(milliseconds(50)));
}

void Owner::lose(core::BootTime gone_by) {
  deadline_ = std::min(deadline_, deadline(gone_by - grace_, gone_by));
  if (host_.local().boot >= deadline_) return end_within(core::Duration::zero());
  if (deadline_ < guarded_for_) guard();
  if (world_.dice().chance(300)) return;  // it ignores being asked: the guard kills it
  end_within(host_.clock().real(deadline_ - host_.local().boot));
}

void Owner::process_died() {
  if (!runs_) return;
  if (world_.dice().chance(300)) return;
  end_within(milliseconds(200));
}

void Owner::machine_died() {
  runs_ = false;
}

void Owner::thawed() {
  if (runs_ && !guarded_) guard();
}

void Owner::end_within(core::Duration most) {
  world_.schedule().after(world_.dice().up_to(most), [this, number = number_] {
    if (runs_ && number == number_ && !host_.frozen()) end();
  });
}

// Looks at the deadline, ends the work if it has come, else looks again then.
void Owner::guard() {
  guarded_ = false;
  if (!runs_ || host_.frozen()) return;
  if (host_.local().boot >= deadline_) return end();
  guarded_ = true;
  guarded_for_ = deadline_;
  world_.schedule().at(host_.clock().when(deadline_), [this, look = ++look_] {
    if (look == look_) guard();
  });
}

void Owner::end() {
  if (!runs_) return;
  runs_ = false;
  if (world_.log().on()) world_.log().line(host_.name(), "  (its work is gone)");
  on_gone_();
}

}  // namespace elector::tests
