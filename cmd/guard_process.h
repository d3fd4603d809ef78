// The guard: a small process between elector and the child. It is the child's parent and the
// subreaper of everything that the child starts, and holds the term's deadline for itself, so that
// no death and no stop of elector leaves a child running. The rules are core/guard.h; this is the
// mechanics.
#pragma once

#include <csignal>
#include <string>
#include <vector>

#include "cmd/foreground.h"
#include "cmd/obstacle.h"
#include "core/time.h"

namespace elector::cmd {

struct GuardSetup {
  std::vector<std::string> command;  // the child's argv; looked up in PATH
  core::Duration grace{};            // for what is asked to stop
  Foreground foreground{};           // of elector
  int stop_signal = SIGTERM;         // asks the child to stop when a term ends by itself
};

// What elector has of its guard.
struct ForkedGuard {
  int socket = -1;  // elector's end of the socket pair
  pid_t pid = -1;
  // The children that elector had before, as in `helper & exec elector exec -- job`. They are
  // neither killed nor waited for with what the guard leaves behind.
  std::vector<pid_t> earlier_children{};
};

// Forks the guard. Call it first of all, before any thread, descriptor or library state exists that
// the guard should not have. Returns elector's end of the socket pair, close-on-exec, or -1 with
// errno set; `pid` is the guard's. In the guard it does not return.
int fork_guard(const GuardSetup& setup, pid_t& pid);

// Waits for the guard's first report, at most some seconds. Nothing is started before it: the guard
// that has an obstacle ends.
Obstacle await_guard(int socket);

// The end of a guard that has nothing left to guard: closes the socket, which the guard takes for
// our end and ends too, and takes its zombie, which a PID 1 that does not reap would keep. One that
// is stopped is left alone after a second. -1 for what is closed, or was waited for, already.
void end_guard(int socket, pid_t pid);

}  // namespace elector::cmd
