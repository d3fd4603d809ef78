// SPDX-License-Identifier: Apache-2.0
#include "cmd/guard/child.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace elector::cmd {
namespace {

// The arguments of clone3(2), up to the last field, added in Linux 5.7. Not every libc's headers
// have it.
struct CloneArguments {
  std::uint64_t flags = 0, pidfd = 0, child_tid = 0, parent_tid = 0, exit_signal = 0, stack = 0,
                stack_size = 0, tls = 0, set_tid = 0, set_tid_size = 0, cgroup = 0;
};
constexpr std::uint64_t kCloneIntoCgroup = 0x200000000;

// Forks into the leaf, because a process that moves there later waits some milliseconds (an RCU
// grace period). Returns -1 if that is not possible: an older kernel, a system call filter, no
// permission. Requires that the caller has one thread and that the child uses nothing of libc that
// needs its thread's id.
pid_t fork_into(CgroupLeaf* leaf) {
  const int folder = leaf == nullptr || leaf->make() != 0 ? -1 : leaf->open();
  if (folder < 0) return -1;
  CloneArguments arguments{.flags = kCloneIntoCgroup,
                           .exit_signal = SIGCHLD,
                           .cgroup = static_cast<std::uint64_t>(folder)};
  const long pid = ::syscall(SYS_clone3, &arguments, sizeof arguments);
  ::close(folder);
  return static_cast<pid_t>(pid);
}

// Executes the command. Returns only on failure, with an errno.
int execute(const ChildSetup& setup, CgroupLeaf* to_enter) {
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
  if (to_enter != nullptr) to_enter->enter();
  if (!setup.may_exec()) return ETIME;
  ::execvp(argv[0], argv.data());
  return errno;
}

// Runs in the child after the fork, and never returns. Failures are written to `report`, which exec
// closes.
[[noreturn]] void become(const ChildSetup& setup, CgroupLeaf* to_enter, pid_t parent, int report) {
  ::setpgid(0, 0);
  if (setup.foreground != nullptr) setup.foreground->give_to(::getpid());
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The signal is sent only for a death from now on; after an earlier one, the parent is another
  // process.
  if (::getppid() != parent) ::_exit(125);
  int error = ENOMEM;
  try {
    error = execute(setup, to_enter);
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
  pid_t pid = fork_into(setup.leaf);
  CgroupLeaf* to_enter = nullptr;
  if (pid < 0) {
    to_enter = setup.leaf;
    pid = ::fork();
  }
  if (pid == 0) become(setup, to_enter, parent, report[1]);
  const int error = errno;
  ::close(report[1]);
  if (pid < 0) {
    ::close(report[0]);
    return {.pid = -1, .report = -1, .error = error};
  }
  ::setpgid(pid, pid);  // in both processes, so that neither waits for the other
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
