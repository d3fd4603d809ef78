// The end of child processes. A process that takes the zombies of orphans (PID 1 of a container, a
// subreaper) must not take the exit status of a child away from the code that waits for it. So
// that code registers its child here, and reap_children() keeps the status for it.
//
// For one thread.
#pragma once

#include <sys/types.h>
#include <sys/wait.h>

#include <optional>
#include <vector>

#include "core/time.h"

namespace elector::kube {

// Registers a child: a credential plugin, say. Call it before the next reap_children().
void own_child(pid_t pid);

// The registered children that have not ended, as far as is known.
std::vector<pid_t> owned_children();

// The wait status (wait(2)) of a registered child that has ended; it is not registered any more
// then. Nothing while it runs, unless `options` is 0: then it waits for the end. 0 if other code
// has taken the status.
std::optional<int> collect_child(pid_t pid, int options = WNOHANG);

// The same, but waits until the child has ended, at most as long as `limit`. For the end of a
// command: nothing else is done meanwhile.
std::optional<int> collect_child_within(pid_t pid, core::Duration limit);

// Takes every child that has ended, and so leaves no zombie. Call it after SIGCHLD.
void reap_children();

}  // namespace elector::kube
