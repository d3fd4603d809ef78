// SPDX-License-Identifier: Apache-2.0
// The guard: a small process between elector and the child. It is the child's parent and the
// subreaper of everything that the child starts, and keeps the term's deadline itself, so that no
// death or stop of elector leaves a child running. The rules are in core/guard.h; this is the
// mechanics.
#pragma once

#include <csignal>
#include <string>
#include <vector>

#include "cmd/guard/foreground.h"
#include "cmd/guard/obstacle.h"
#include "cmd/output/log.h"
#include "core/time.h"

namespace elector::cmd {

struct GuardSetup {
  std::vector<std::string> command;         // the child's argv; looked up in PATH
  core::Duration grace{};                   // time to stop after being asked
  Foreground foreground{};                  // elector's
  int stop_signal = SIGTERM;                // asks the child to stop when a term ends by itself
  std::string leaf{};                       // the child's cgroup, a path as of CgroupLeaf
  LogFormat log_format = LogFormat::kText;  // for what the guard must log when elector is gone
};

// What elector knows of its guard.
struct ForkedGuard {
  int socket = -1;  // elector's end of the socket pair
  pid_t pid = -1;
  // Children that elector had before, as in `helper & exec elector exec -- job`. They are neither
  // killed nor waited for with what the guard leaves behind.
  std::vector<pid_t> earlier_children{};
  std::string leaf{};  // the command's cgroup, a path as of CgroupLeaf
};

// Forks the guard. Must be called first, before any thread, descriptor or library state exists that
// the guard should not have. Returns elector's end of the socket pair, close-on-exec, or -1 with
// errno set; `pid` is set to the guard's. Does not return in the guard.
int fork_guard(const GuardSetup& setup, pid_t& pid);

// Waits for the guard's first report, up to ten seconds. Nothing may be started before it: a guard
// that meets an obstacle exits.
Obstacle await_guard(int socket);

// Ends a guard that has nothing left to guard: closes the socket, which makes the guard exit, and
// reaps it, because a PID 1 that does not reap would keep the zombie. Gives up on a stopped guard
// after a second. Pass -1 for a socket already closed or a guard already waited for.
void end_guard(int socket, pid_t pid);

}  // namespace elector::cmd
