// SPDX-License-Identifier: Apache-2.0
// A signal in the first moment of a PID 1, which the kernel drops unless the process has blocked it
// by then.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <string>

#include "tests/support/eventually.h"
#include "tests/system/delivery/cage.h"

namespace elector::tests {
namespace {

// `elector run` as PID 1 of a PID namespace, stopped before its first instruction. Its server is
// away.
pid_t stopped_at_exec() {
  const std::string elector = static_elector();
  const std::string null = "/dev/null";
  const auto pid = static_cast<pid_t>(
      ::syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, nullptr, nullptr, nullptr, 0));
  if (pid != 0) return pid;
  const int fd = ::open(null.c_str(), O_RDWR);
  for (const int standard : {0, 1, 2}) ::dup2(fd, standard);
  ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
  ::execl(elector.c_str(), "elector", "run", "--election=early", "--server=http://127.0.0.1:1",
          nullptr);
  ::_exit(127);
}

bool blocks(pid_t pid, int signal) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; status >> word;) {
    std::string mask;
    if (word == "SigBlk:" && status >> mask) {
      return (std::stoull(mask, nullptr, 16) >> static_cast<unsigned>(signal - 1) & 1U) != 0;
    }
  }
  return false;
}

#if defined(__x86_64__) || defined(__aarch64__)
TEST_CASE("a PID 1 keeps a SIGTERM that comes after its first instructions" *
          doctest::skip(::geteuid() != 0)) {
  constexpr int kFew = 20;  // none of them relocates anything
  const pid_t pid = stopped_at_exec();
  REQUIRE(pid > 0);
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  REQUIRE(WIFSTOPPED(status));
  CHECK_FALSE(blocks(pid, SIGTERM));
  int steps = 0;
  while (!blocks(pid, SIGTERM) && steps < kFew) {
    REQUIRE(::ptrace(PTRACE_SINGLESTEP, pid, nullptr, nullptr) == 0);
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    ++steps;
  }
  CHECK(steps < kFew);
  ::kill(pid, SIGTERM);
  ::ptrace(PTRACE_DETACH, pid, nullptr, nullptr);
  const bool ended = eventually([&] { return ::waitpid(pid, &status, WNOHANG) == pid; });
  CHECK(ended);
  if (ended) {
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
  } else {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, &status, 0);
  }
}
#endif

}  // namespace
}  // namespace elector::tests
