// SPDX-License-Identifier: Apache-2.0
// The end of child processes. A process that reaps orphans (PID 1 of a container, a subreaper) must
// not take a child's exit status away from the code that waits for it. So that code registers its
// child here, and reap_children() keeps the status for it.
//
// Not thread-safe.
#pragma once

#include <sys/types.h>
#include <sys/wait.h>

#include <optional>
#include <vector>

#include "core/time.h"

namespace elector::kube {

// Registers a child, for example a credential plugin. Must be called before the next
// reap_children().
void own_child(pid_t pid);

// Returns the registered children that have not ended, as far as is known.
std::vector<pid_t> owned_children();

// Returns the wait status (wait(2)) of a registered child that has ended, and unregisters it.
// Returns nothing while the child runs, unless `options` is 0: then it waits for the end. Returns 0
// if other code has taken the status.
std::optional<int> collect_child(pid_t pid, int options = WNOHANG);

// The same, but waits until the child has ended, at most for `limit`. For the end of a command:
// nothing else is done meanwhile.
std::optional<int> collect_child_within(pid_t pid, core::Duration limit);

// Reaps every child that has ended, so that none stays a zombie. Must be called after SIGCHLD.
void reap_children();

}  // namespace elector::kube
