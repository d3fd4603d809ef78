// SPDX-License-Identifier: Apache-2.0
#include "kube/base/pid_fd.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace elector::kube {

PidFd::PidFd(pid_t pid)
    : fd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))), gone_(!fd_ && errno == ESRCH) {}

int PidFd::send(int signal) const {
  if (!fd_) return EBADF;
  return ::syscall(SYS_pidfd_send_signal, fd_.get(), signal, nullptr, 0) == 0 ? 0 : errno;
}

}  // namespace elector::kube
