// SPDX-License-Identifier: Apache-2.0
#include "core/kill_time.h"

#include <algorithm>

namespace elector::core {
namespace {

// How long one process takes to die, including its share of the listing, the signal and the
// reaping. An otherwise idle processor takes a quarter of that.
constexpr Duration kPerProcess = std::chrono::microseconds(200);

// A process that SIGKILL has not ended this long after its time waits for a device, or belongs to
// another user.
constexpr Duration kUnkillable = std::chrono::seconds(1);
constexpr Duration kKillAgain = std::chrono::milliseconds(5);
constexpr Duration kKillAgainInVain = std::chrono::milliseconds(250);

// Counting takes at most 1/kCountShare of a processor's time.
constexpr int kCountShare = 50;

}  // namespace

Duration killing_time(std::size_t processes) {
  return kPerProcess * static_cast<Duration::rep>(processes);
}

BootTime latest_kill(TermLimits limits, std::size_t processes) {
  const Duration between = limits.gone_by - limits.hold_until;
  const Duration needed = std::max(between / 4, killing_time(processes));
  return limits.gone_by - std::min(needed, between);
}

std::size_t most_processes(TermLimits limits) {
  const Duration between = std::max(limits.gone_by - limits.hold_until, Duration::zero());
  return static_cast<std::size_t>(between / kPerProcess);
}

bool is_stuck(Duration killing_for, std::size_t processes) {
  return killing_for > kUnkillable + killing_time(processes);
}

Duration kill_again_after(Duration killing_for, std::size_t processes) {
  return is_stuck(killing_for, processes) ? kKillAgainInVain : kKillAgain;
}

void CountSchedule::counted(BootTime began, Duration cost) {
  next_ = began + cost * kCountShare;
}

bool SizeWarning::counted(std::size_t processes, TermLimits limits) {
  if (processes <= most_processes(limits) || processes < warned_at_ * 2) return false;
  warned_at_ = processes;
  return true;
}

}  // namespace elector::core
