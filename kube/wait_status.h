// What waitid(2) says about a child, as far as it is not what one expects.
#pragma once

#include <csignal>

namespace elector::kube {

// Whether the child has ended. Everything else is a stop, and the child lives.
bool is_end(const siginfo_t& info);

// For a child with CLD_TRAPPED: it made its parent, which is us, its tracer (ptrace(2),
// PTRACE_TRACEME), as programs do that do not want to be debugged. It then stops at each signal
// until its tracer lets it go on. Ends the tracing and delivers the signal, so that the child goes
// on as if it were not traced.
void let_go(const siginfo_t& info);

// The end as a wait status, as wait(2) has it.
int wait_status(const siginfo_t& end);

}  // namespace elector::kube
