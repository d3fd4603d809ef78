// SPDX-License-Identifier: Apache-2.0
// The guard itself, with an elector that the test plays.
#include "cmd/guard/guard_process.h"

#include <doctest/doctest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include "cmd/guard/process_tree.h"
#include "cmd/guard/protocol.h"
#include "kube/base/poller.h"
#include "tests/support/denial.h"
#include "tests/support/eventually.h"
#include "tests/support/temp_dir.h"

namespace elector::tests {
namespace {

using cmd::GuardCommand;
using cmd::GuardReport;
using cmd::Received;

struct Guarded {
  explicit Guarded(std::vector<std::string> command)
      : setup{.command = std::move(command),
              .grace = std::chrono::minutes(10),
              .foreground = {},
              .stop_signal = SIGTERM},
        socket(cmd::fork_guard(setup, pid)) {
    REQUIRE(socket >= 0);
  }
  ~Guarded() { cmd::end_guard(socket, pid); }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  void begin() const {
    const auto limit = kube::boot_now() + std::chrono::minutes(10);
    const GuardCommand command{.kind = GuardCommand::Kind::kBegin,
                               .limits = {.hold_until = limit, .gone_by = limit}};
    REQUIRE(eventually([&] { return cmd::send_message(socket, command); }));
  }
  // Reads on until there is a report of that kind.
  bool reports(GuardReport::Kind kind) const {
    return eventually([&] {
      GuardReport report;
      while (cmd::receive_message(socket, report) == Received::kMessage) {
        if (report.kind == kind) return true;
      }
      return false;
    });
  }

  cmd::GuardSetup setup;
  pid_t pid = -1;
  int socket;
};

}  // namespace

TEST_CASE("a guard with nothing to guard is waited for and reaped, in every sandbox") {
  for (const int error : {0, EPERM, ENOSYS}) {
    CAPTURE(error);
    const auto program = denial_program({{.call = SYS_pidfd_open, .error = error}});
    const pid_t elector = ::fork();
    if (elector == 0) {
      if (error != 0 && !deny(program)) ::_exit(2);
      cmd::GuardSetup setup;
      setup.command = {"true"};
      pid_t guard = -1;
      const int socket = cmd::fork_guard(setup, guard);
      cmd::end_guard(socket, guard);
      ::_exit(::waitpid(guard, nullptr, WNOHANG) < 0 && errno == ECHILD ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(elector, &status, 0) == elector);
    CHECK(status == 0);
  }
}

TEST_CASE("that nothing is left is also reported if there was no room for the message at first") {
  const TempDir dir;
  const Guarded guard({"touch", dir.path("ran")});
  // Answers that are not read fill the socket; many of them find no room.
  constexpr int kQuestions = 5000;
  for (int i = 0; i < kQuestions; ++i) {
    const GuardCommand question{.kind = GuardCommand::Kind::kSignal, .signal = {}, .limits = {}};
    REQUIRE(eventually([&] { return cmd::send_message(guard.socket, question); }));
  }
  guard.begin();
  // The command has come and gone before anything is read.
  REQUIRE(eventually([&] {
    return ::access(dir.path("ran").c_str(), F_OK) == 0 && cmd::descendants(guard.pid).empty();
  }));
  CHECK(guard.reports(GuardReport::Kind::kGone));
}

}  // namespace elector::tests
