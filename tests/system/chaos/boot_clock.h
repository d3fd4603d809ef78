// SPDX-License-Identifier: Apache-2.0
// The one clock that everything here is timed by: CLOCK_BOOTTIME, which every process of the
// machine shares.
#pragma once

#include <chrono>
#include <ctime>

namespace elector::tests::chaos {

struct BootClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;

  static time_point now() {
    timespec time{};
    ::clock_gettime(CLOCK_BOOTTIME, &time);
    return time_point(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
  }
};

using Instant = BootClock::time_point;
using Span = std::chrono::nanoseconds;

inline constexpr Instant kNever = Instant::max();

inline double seconds_of(Span span) {
  return std::chrono::duration<double>(span).count();
}

}  // namespace elector::tests::chaos
