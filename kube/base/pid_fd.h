// SPDX-License-Identifier: Apache-2.0
// A descriptor that refers to one process, even if its number is reused.
//
// pidfd_open(2) exists since Linux 5.3. Sandboxes that are older, or do not implement it (gVisor,
// old seccomp profiles), fail with ENOSYS or EPERM, and a process may have no descriptor left. All
// of elector's uses of these calls go through this class, and each caller has a fallback:
// ChildWatch and collect_child_within() poll, and signals are sent by number.
#pragma once

#include <sys/types.h>

#include "kube/base/unique_fd.h"

namespace elector::kube {

class PidFd {
 public:
  // Opens a descriptor for the process that has this number now; close-on-exec.
  explicit PidFd(pid_t pid);

  // The descriptor, which becomes readable when the process ends (poll(2)); -1 if there is none.
  int fd() const { return fd_.get(); }
  // True if there was no such process.
  bool gone() const { return gone_; }

  // Sends a signal to the process. Returns 0 or an errno: ESRCH if the process has ended. With any
  // other error, including when there is no descriptor, signalling it by number may still work.
  int send(int signal) const;

 private:
  UniqueFd fd_;
  bool gone_;
};

}  // namespace elector::kube
