// SPDX-License-Identifier: Apache-2.0
// What can keep `exec` from its promise on this system. Ending the command with everything it
// started needs two services of the kernel: orphans are handed to a subreaper (prctl(2)), and /proc
// shows the processes of this PID namespace (proc(5)). elector and its guard each verify both
// before anything is started.
#pragma once

#include <cstdint>

namespace elector::cmd {

enum class Obstacle : std::int32_t {
  kNone,
  kSubreaper,    // PR_SET_CHILD_SUBREAPER is refused, or has no effect
  kNoProc,       // /proc does not show this process at all
  kForeignProc,  // /proc is that of another PID namespace
  kNoTimer,      // the guard cannot be woken by its deadline or by the end of a child
  kGuardGone,    // the guard died, or did not report in time
  kGuardHidden,  // /proc does not list the guard as a child of elector
};

// Makes the calling process a subreaper. Returns kNone if it is one and /proc is its own
// namespace's.
Obstacle take_charge_of_orphans();

// Returns one sentence for the log: what is missing, what follows, and what to do. "" for kNone.
const char* describe(Obstacle obstacle);

}  // namespace elector::cmd
