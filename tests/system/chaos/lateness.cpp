// SPDX-License-Identifier: Apache-2.0
#include "tests/system/chaos/lateness.h"

#include <algorithm>
#include <chrono>

namespace elector::tests::chaos {
namespace {

constexpr Span kPeriod = std::chrono::milliseconds(5);
constexpr Span kWorthNoting = std::chrono::milliseconds(30);

}  // namespace

Lateness::Lateness() : thread_([this] { run(); }) {}

Lateness::~Lateness() {
  end_ = true;
  thread_.join();
}

std::vector<Stall> Lateness::stalls() const {
  const std::lock_guard lock(mutex_);
  return stalls_;
}

Span Lateness::worst() const {
  const std::lock_guard lock(mutex_);
  return worst_;
}

void Lateness::run() {
  while (!end_) {
    const Instant before = BootClock::now();
    std::this_thread::sleep_for(kPeriod);
    const Instant after = BootClock::now();
    const Span late = after - before - kPeriod;
    const std::lock_guard lock(mutex_);
    worst_ = std::max(worst_, late);
    if (late >= kWorthNoting) stalls_.push_back({.at = after, .late = late});
  }
}

}  // namespace elector::tests::chaos
