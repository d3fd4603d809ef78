// SPDX-License-Identifier: Apache-2.0
// What happens on one simulated machine by its clock, apart from elector's process. It stands still
// while the machine is paused from outside, and catches up, in order, when the machine continues.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/time.h"
#include "tests/protocol/sim/host.h"
#include "tests/protocol/sim/schedule.h"

namespace elector::tests {

class Local {
 public:
  using Action = Schedule::Action;

  Local(Schedule& schedule, const Host& host) : schedule_(schedule), host_(host) {}

  core::BootTime now() const { return host_.local().boot; }

  // After `delay` of real time.
  void after(core::Duration delay, Action what) {
    schedule_.after(delay, [this, what = std::move(what)] {
      if (host_.frozen()) {
        missed_.push_back(what);
      } else {
        what();
      }
    });
  }
  // When the machine's CLOCK_BOOTTIME shows `when`, or `late` after that.
  void at(core::BootTime when, core::Duration late, Action what) {
    timers_.push_back({.id = ++last_timer_, .when = when, .late = late, .what = std::move(what)});
    arm(timers_.back());
  }

  // The clock continues after a pause, or at another rate.
  void clock_changed() {
    for (const Timer& timer : timers_) arm(timer);
    for (const Action& what : std::exchange(missed_, {})) what();
  }

 private:
  struct Timer {
    std::uint64_t id = 0;
    core::BootTime when{};
    core::Duration late{};
    Action what;
  };

  void arm(const Timer& timer) {
    schedule_.at(host_.clock().when(timer.when) + timer.late, [this, id = timer.id] { fire(id); });
  }
  void fire(std::uint64_t id) {
    const auto timer = std::find_if(timers_.begin(), timers_.end(),
                                    [&](const Timer& armed) { return armed.id == id; });
    if (timer == timers_.end() || host_.frozen()) return;
    if (now() < timer->when) return arm(*timer);
    const Action what = std::move(timer->what);
    timers_.erase(timer);
    what();
  }

  Schedule& schedule_;
  const Host& host_;
  std::uint64_t last_timer_ = 0;
  std::vector<Timer> timers_{};
  std::vector<Action> missed_{};
};

}  // namespace elector::tests
