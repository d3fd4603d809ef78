#include "cmd/child.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <new>

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
  if (setup.prepare) setup.prepare();
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
