// SPDX-License-Identifier: Apache-2.0
// Reaping every child without taking an exit status away from the code that waits for it.
#include "kube/auth/children.h"

#include <doctest/doctest.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <vector>

#include "tests/support/eventually.h"
#include "tests/support/proc.h"

namespace elector::tests {
namespace {

// Ends by the signal, or with that code.
pid_t start_child(int code, int signal = 0) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (signal != 0) ::kill(::getpid(), signal);
    ::_exit(code);
  }
  return pid;
}

bool becomes_zombie(pid_t pid) {
  return eventually([&] { return process_state(pid) == 'Z'; });
}

bool is_reaped(pid_t pid) {
  return ::waitpid(pid, nullptr, WNOHANG) < 0 && errno == ECHILD;
}

}  // namespace

TEST_CASE("children that no code waits for are reaped, however many end at once") {
  std::vector<pid_t> orphans;
  for (int i = 0; i < 20; ++i) orphans.push_back(start_child(i));
  for (const pid_t pid : orphans) REQUIRE(becomes_zombie(pid));
  kube::reap_children();
  for (const pid_t pid : orphans) CHECK(is_reaped(pid));
}

TEST_CASE("the code that waits for a child gets its status, before and after it is reaped") {
  for (const bool reaped : {false, true}) {
    CAPTURE(reaped);
    const pid_t failing = start_child(7);
    const pid_t killed = start_child(0, SIGKILL);
    const pid_t waited = start_child(3);
    for (const pid_t pid : {failing, killed, waited}) kube::own_child(pid);
    REQUIRE(becomes_zombie(failing));
    REQUIRE(becomes_zombie(killed));
    if (reaped) kube::reap_children();
    const auto code = kube::collect_child(failing);
    REQUIRE(code);
    CHECK(WIFEXITED(*code));
    CHECK(WEXITSTATUS(*code) == 7);
    const auto signal = kube::collect_child(killed);
    REQUIRE(signal);
    CHECK(WIFSIGNALED(*signal));
    CHECK(WTERMSIG(*signal) == SIGKILL);
    CHECK(WEXITSTATUS(*kube::collect_child(waited, 0)) == 3);
    for (const pid_t pid : {failing, killed, waited}) CHECK(is_reaped(pid));
  }
}

TEST_CASE("a child that made this process its tracer continues, and its end is reported") {
  for (const bool owned : {true, false}) {
    CAPTURE(owned);
    const pid_t pid = ::fork();
    if (pid == 0) {
      std::signal(SIGUSR1, [](int) {});
      ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
      ::raise(SIGUSR1);
      ::_exit(9);
    }
    if (owned) kube::own_child(pid);
    REQUIRE(eventually([&] { return process_state(pid) == 't'; }));
    CHECK(eventually([&] {
      kube::reap_children();
      return process_state(pid) == '-';
    }));
    if (owned) CHECK(WEXITSTATUS(*kube::collect_child(pid)) == 9);
    CHECK(is_reaped(pid));
  }
}

TEST_CASE("a child that runs has no status yet; one that other code took counts as successful") {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::pause();
    ::_exit(0);
  }
  kube::own_child(pid);
  kube::reap_children();
  CHECK_FALSE(kube::collect_child(pid));
  ::kill(pid, SIGKILL);
  REQUIRE(::waitpid(pid, nullptr, 0) == pid);
  CHECK(kube::collect_child(pid) == 0);
}

}  // namespace elector::tests
