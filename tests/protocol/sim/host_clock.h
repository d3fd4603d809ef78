// SPDX-License-Identifier: Apache-2.0
// The two clocks of one simulated machine: CLOCK_BOOTTIME, which runs at its own rate that may
// change, and stands still while the machine is paused from outside; and a wall clock that may be
// hours off, show only full seconds, and be stepped.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "core/time.h"
#include "tests/protocol/sim/schedule.h"

namespace elector::tests {

class HostClock {
 public:
  // rate_ppm: nanoseconds of CLOCK_BOOTTIME per millisecond of real time (1,000,000 is exact).
  // boot: CLOCK_BOOTTIME when the world begins. wall_lead: how far the wall clock is ahead of it.
  // wall_step: the wall clock's reading is rounded down to a multiple of this.
  HostClock(std::int64_t rate_ppm, core::Duration boot, core::Duration wall_lead,
            core::Duration wall_step)
      : rate_ppm_(rate_ppm), base_boot_(boot), wall_lead_(wall_lead), wall_step_(wall_step) {}

  core::Now at(Real real) const {
    if (real != read_at_) {
      reading_ = read(real);
      read_at_ = real;
    }
    return reading_;
  }

  // The first moment of real time at which CLOCK_BOOTTIME is `boot` or later, if nothing stops it.
  Real when(core::BootTime boot) const {
    const core::Duration rest =
        std::min<core::Duration>(boot.time_since_epoch() - base_boot_, kFar);
    if (rest <= core::Duration::zero()) return base_real_;
    return base_real_ + Real((rest.count() * kMillion + rate_ppm_ - 1) / rate_ppm_);
  }

  // How long `local` takes in real time, rounded up.
  Real real(core::Duration local) const {
    return Real((local.count() * kMillion + rate_ppm_ - 1) / rate_ppm_);
  }

  bool frozen() const { return frozen_; }
  void freeze(Real real) {
    read_at_ = kNever;
    base_boot_ = boot_at(real);
    base_real_ = real;
    frozen_ = true;
  }
  void thaw(Real real) {
    read_at_ = kNever;
    base_real_ = real;
    frozen_ = false;
  }
  void set_rate(Real real, std::int64_t rate_ppm) {
    read_at_ = kNever;
    base_boot_ = boot_at(real);
    base_real_ = real;
    rate_ppm_ = rate_ppm;
  }
  void step_wall(core::Duration by) {
    read_at_ = kNever;
    wall_lead_ += by;
  }

 private:
  static constexpr std::int64_t kMillion = 1'000'000;
  static constexpr std::chrono::hours kFar{1};  // longer than any run; keeps the products in range

  static constexpr Real kNever{-1};

  core::Now read(Real real) const {
    const core::Duration boot = boot_at(real);
    core::Duration wall = boot + wall_lead_;
    wall -= wall % wall_step_;
    return {.boot = core::BootTime(boot),
            .wall = core::WallTime(std::chrono::duration_cast<core::WallTime::duration>(wall))};
  }

  core::Duration boot_at(Real real) const {
    if (frozen_) return base_boot_;
    return base_boot_ + core::Duration((real - base_real_).count() * rate_ppm_ / kMillion);
  }

  std::int64_t rate_ppm_;
  core::Duration base_boot_;
  Real base_real_{};
  core::Duration wall_lead_;
  core::Duration wall_step_;
  bool frozen_ = false;
  // The last reading: the checks read the clock repeatedly at the same time.
  mutable Real read_at_ = kNever;
  mutable core::Now reading_{};
};

}  // namespace elector::tests
