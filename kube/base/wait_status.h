// SPDX-License-Identifier: Apache-2.0
// Interprets what waitid(2) reports about a child, including stops of a traced one.
#pragma once

#include <csignal>

namespace elector::kube {

// Whether the child has ended. Any other report is a stop, and the child is alive.
bool is_end(const siginfo_t& info);

// For a child with CLD_TRAPPED: it made this process, its parent, its tracer (ptrace(2),
// PTRACE_TRACEME), as programs do that do not want to be debugged. It then stops at each signal
// until its tracer continues it. Ends the tracing and delivers the signal, so that the child
// continues as if it were not traced.
void let_go(const siginfo_t& info);

// Returns the end as a wait status of wait(2).
int wait_status(const siginfo_t& end);

}  // namespace elector::kube
