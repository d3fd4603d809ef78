// SPDX-License-Identifier: Apache-2.0
// The clocks that the core uses. It reads none itself: every entry point takes a `Now`.
#pragma once

#include <chrono>

namespace elector::core {

using Duration = std::chrono::nanoseconds;

// CLOCK_BOOTTIME: monotonic, and keeps running while the machine is suspended, as the lease does.
struct BootClock {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;
};
using BootTime = BootClock::time_point;

// The wall clock (UTC), at the precision of a Lease's times. Written into records, and compared
// only with itself: no decision on who may lead depends on the wall clocks of two machines
// agreeing. (Whether a record that was over when it was first seen is shown as a leader does depend
// on it: View::seems_dead.)
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

// One instant as both clocks show it.
struct Now {
  BootTime boot;
  WallTime wall;
};

// How far the wall clock is ahead of CLOCK_BOOTTIME. Steps when a person or NTP sets the clock, and
// when a machine that was paused from outside gets the right time again.
inline Duration wall_lead(Now now) {
  return Duration(now.wall.time_since_epoch()) - now.boot.time_since_epoch();
}

}  // namespace elector::core
