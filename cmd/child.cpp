#include "cmd/child.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <new>

#include "cmd/signals.h"

namespace elector::cmd {
namespace {

// Returns only with what went wrong.
int execute(const ChildSetup& setup) {
  for (const std::string& name : setup.unset) ::unsetenv(name.c_str());
  for (const std::string& variable : setup.variables) {
    const std::size_t equals = variable.find('=');
    if (::setenv(variable.substr(0, equals).c_str(), variable.c_str() + equals + 1, 1) != 0) {
      return errno;
    }
  }
  std::vector<char*> argv;
  for (const std::string& word : setup.command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  ::sigprocmask(SIG_SETMASK, &setup.mask, nullptr);
  if (!setup.may_exec()) return ETIME;
  ::execvp(argv[0], argv.data());
  return errno;
}

// In the child, after the fork: never returns. What goes wrong is told through `report`, which exec
// closes.
[[noreturn]] void become(const ChildSetup& setup, pid_t parent, int report) {
  ::setpgid(0, 0);
  if (setup.foreground != nullptr) setup.foreground->give_to(::getpid());
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The signal comes only for a death from now on; a parent that is gone already left us to
  // another.
  if (::getppid() != parent) ::_exit(125);
  int error = ENOMEM;
  try {
    error = execute(setup);
  } catch (const std::bad_alloc&) {
  }
  [[maybe_unused]] const ssize_t written = ::write(report, &error, sizeof error);
  ::_exit(error == ENOENT ? 127 : 126);
}

}  // namespace

Foreground Foreground::of_process() {
  Foreground found;
  // In the background of a shell without job control, which shares its group with it: POSIX's mark
  // of an asynchronous list (Shell & Utilities, 2.11) is all that tells.
  if (is_ignored(SIGINT) && is_ignored(SIGQUIT)) return found;
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::isatty(fd) == 0) continue;
    const pid_t owner = ::tcgetpgrp(fd);
    if (owner <= 0) continue;  // another session's
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
  if (owner <= 0) return true;  // it is gone
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

ChildStart start_child(const ChildSetup& setup) {
  std::array<int, 2> report{};
  if (::pipe2(report.data(), O_CLOEXEC) != 0) return {.pid = -1, .report = -1, .error = errno};
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) become(setup, parent, report[1]);
  const int error = errno;
  ::close(report[1]);
  if (pid < 0) {
    ::close(report[0]);
    return {.pid = -1, .report = -1, .error = error};
  }
  ::setpgid(pid, pid);  // in both, so that neither has to wait for the other
  return {.pid = pid, .report = report[0], .error = 0};
}

int read_exec_result(int report) {
  int error = 0;
  ssize_t got = 0;
  do {
    got = ::read(report, &error, sizeof error);
  } while (got < 0 && errno == EINTR);
  ::close(report);
  return got == sizeof error ? error : 0;
}

}  // namespace elector::cmd
