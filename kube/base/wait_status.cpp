// SPDX-License-Identifier: Apache-2.0
#include "kube/base/wait_status.h"

#include <sys/ptrace.h>
#include <sys/wait.h>

namespace elector::kube {
namespace {

// Returns the signal to deliver to a traced process when it continues; 0 for none. si_status is
// that signal or, for a ptrace(2) event, has the event's number in its upper bits.
long signal_to_deliver(const siginfo_t& info) {
  siginfo_t signal{};
  // Fails if the process is already in a group stop: its signal was delivered to another thread.
  if (::ptrace(PTRACE_GETSIGINFO, info.si_pid, nullptr, &signal) != 0) return 0;
  // execve(2) of a traced process sends it a SIGTRAP, which is only for the tracer. It looks like
  // one that the process sent to itself with kill(2).
  const bool by_exec =
      info.si_status == SIGTRAP && signal.si_code == SI_USER && signal.si_pid == info.si_pid;
  return by_exec || info.si_status > SIGRTMAX ? 0 : info.si_status;
}

}  // namespace

bool is_end(const siginfo_t& info) {
  return info.si_code == CLD_EXITED || info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED;
}

void let_go(const siginfo_t& info) {
  ::ptrace(PTRACE_DETACH, info.si_pid, nullptr, signal_to_deliver(info));
}

int wait_status(const siginfo_t& end) {
  if (end.si_code == CLD_EXITED) return (end.si_status & 0xff) << 8;
  return end.si_code == CLD_DUMPED ? end.si_status | WCOREFLAG : end.si_status;
}

}  // namespace elector::kube
