// SPDX-License-Identifier: Apache-2.0
// How long it takes to kill a command with all its descendants, and what follows from that: when
// the kill begins at the latest, how many processes a timing has room for, how often they are
// counted, and when a warning is due. Pure.
#pragma once

#include <chrono>
#include <cstddef>

#include "core/time.h"

namespace elector::core {

// The moments of one term, on CLOCK_BOOTTIME.
struct TermLimits {
  BootTime hold_until{};  // when the last proven write was sent + D: the end of the hold
  BootTime gone_by{};     // the same + (K - D): by then nothing of the child may be left
};

// How long it takes, on a busy machine, from the first SIGKILL until that many processes have ended
// and been reaped.
Duration killing_time(std::size_t processes);

// The latest time to begin killing that many processes so that nothing is left by `gone_by`.
// Reserves at least a quarter of the time between the end of the hold and K for dying, but never
// returns a time before the end of the hold: a command larger than most_processes() may outlive K.
BootTime latest_kill(TermLimits limits, std::size_t processes = 0);

// How many processes can be killed between the end of the hold and K.
std::size_t most_processes(TermLimits limits);

// How long to wait before going through the processes again, since new ones can appear while all
// are being killed. killing_for: time since the first SIGKILL. A process that is still there a
// second after it should have ended sleeps in the kernel, and ends when the kernel lets it.
Duration kill_again_after(Duration killing_for, std::size_t processes = 0);
// Whether processes that are left after that long cannot be killed.
bool is_stuck(Duration killing_for, std::size_t processes = 0);

// When to count the processes of a command: at the first renewal and at later renewals, seldom
// enough that counting takes at most 2 % of a processor.
class CountSchedule {
 public:
  // A command was started. The first count is due at its first renewal.
  void begin() { next_ = {}; }
  // `cost` is the processor time that the count took.
  void counted(BootTime began, Duration cost);
  bool due(BootTime now) const { return now >= next_; }

 private:
  BootTime next_{};
};

// When to warn that a command has more processes than can be killed in time: once, and again at
// each doubling.
class SizeWarning {
 public:
  bool counted(std::size_t processes, TermLimits limits);

 private:
  std::size_t warned_at_ = 0;
};

}  // namespace elector::core
