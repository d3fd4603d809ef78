// A descriptor that means one process, whatever becomes of its number.
//
// pidfd_open(2) is of Linux 5.3. Sandboxes that are older, or do not know it (gVisor, old seccomp
// profiles), answer ENOSYS or EPERM, and a process may have no descriptor left for one. All of
// elector's uses of these calls are through this class, and each caller has a way that works
// without: ChildWatch and collect_child_within() look again and again, signals go by number.
#pragma once

#include <sys/types.h>

namespace elector::kube {

class PidFd {
 public:
  // Opens one for the process that has this number now; close-on-exec.
  explicit PidFd(pid_t pid);
  ~PidFd();
  PidFd(const PidFd&) = delete;
  PidFd& operator=(const PidFd&) = delete;

  // The descriptor, which becomes readable when the process ends (poll(2)); -1 if there is none.
  int fd() const { return fd_; }
  // There was no such process to open one for.
  bool gone() const { return gone_; }

  // Sends a signal to the process. Returns 0, or an errno: ESRCH if it has ended; anything else,
  // where there is no descriptor too, does not say that it could not be signalled by number.
  int send(int signal) const;

 private:
  int fd_;
  bool gone_;
};

}  // namespace elector::kube
