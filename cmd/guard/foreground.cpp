// SPDX-License-Identifier: Apache-2.0
#include "cmd/guard/foreground.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "cmd/process/signals.h"

namespace elector::cmd {

Foreground Foreground::of_process() {
  Foreground found;
  // In the background of a shell without job control, which shares its group with elector: the only
  // sign is POSIX's mark of an asynchronous list (Shell & Utilities, 2.11).
  if (is_ignored(SIGINT) && is_ignored(SIGQUIT)) return found;
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::isatty(fd) == 0) continue;
    const pid_t owner = ::tcgetpgrp(fd);
    if (owner <= 0) continue;  // belongs to another session
    found.terminal_ = fd;
    found.group_ = ::getpgrp();
    break;
  }
  return found;
}

bool Foreground::give_to(pid_t group) const {
  if (!there()) return false;
  const pid_t owner = ::tcgetpgrp(terminal_);
  return owner == group || (owner == group_ && ::tcsetpgrp(terminal_, group) == 0);
}

bool Foreground::belongs_to(pid_t group) const {
  return there() && ::tcgetpgrp(terminal_) == group;
}

bool Foreground::share(pid_t childs_group) const {
  if (!there()) return false;
  const pid_t owner = ::tcgetpgrp(terminal_);
  if (owner <= 0) return true;  // the terminal is gone
  if (owner == childs_group) ::tcsetpgrp(terminal_, group_);
  if (owner != childs_group && owner != group_) return false;
  ::kill(-group_, SIGCONT);
  return true;
}

void Foreground::take_back() const {
  if (!there()) return;
  const pid_t now = ::tcgetpgrp(terminal_);
  if (now > 0 && (::kill(-now, 0) == 0 || errno != ESRCH)) return;
  ::tcsetpgrp(terminal_, group_);
}

}  // namespace elector::cmd
