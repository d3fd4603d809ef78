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
  BootTime hold_until{};  // the sending of the last proven write + D: the end of the hold
  BootTime gone_by{};     // the same + (K - D): nothing of the child may be left then
};

// How long it takes from the first SIGKILL until that many processes have ended and are reaped, on
// a busy machine.
Duration killing_time(std::size_t processes);

// When to begin to kill so many processes at the latest, so that nothing is left by `gone_by`. At
// least a quarter of the time between the end of the hold and K is for the dying itself. Never
// before the end of the hold: a larger command than most_processes() may outlive K.
BootTime latest_kill(TermLimits limits, std::size_t processes = 0);

// How many processes can be killed between the end of the hold and K.
std::size_t most_processes(TermLimits limits);

// Processes can appear while all are being killed; they are gone through again after this long.
// killing_for: since the first time. What is still there a second after it should have ended sleeps
// in the kernel, and ends when that lets it.
Duration kill_again_after(Duration killing_for, std::size_t processes = 0);
// Whether what is still there after so long cannot be killed.
bool is_stuck(Duration killing_for, std::size_t processes = 0);

// When to count the processes of a command: with the first renewal, and then with a renewal again,
// so seldom that counting takes at most 2 % of a processor.
class CountSchedule {
 public:
  // A command was started; it has been renewed once when the first count is due.
  void begin() { next_ = {}; }
  // `cost` is the processor time that the count took.
  void counted(BootTime began, Duration cost);
  bool due(BootTime now) const { return now >= next_; }

 private:
  BootTime next_{};
};

// Whether to warn that a command has more processes than can be killed in time: once, and again at
// each doubling.
class SizeWarning {
 public:
  bool counted(std::size_t processes, TermLimits limits);

 private:
  std::size_t warned_at_ = 0;
};

}  // namespace elector::core
