// SPDX-License-Identifier: Apache-2.0
// elector's side of the guard, with a guard that the test plays.
#include "cmd/guard/guard_client.h"

#include <doctest/doctest.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kube/auth/children.h"
#include "tests/support/eventually.h"

namespace elector::tests {
namespace {

using cmd::GuardClient;
using cmd::GuardCommand;
using cmd::GuardReport;
using cmd::Received;
using std::chrono::milliseconds;

pid_t fork_sleeper() {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (true) ::pause();
  }
  return pid;
}

void end_sleeper(pid_t pid) {
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
}

bool is_alive(pid_t pid) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == 0;
}

// The guard is a process that does nothing; `far` is its end of the socket.
struct Scene {
  explicit Scene(std::vector<pid_t> earlier_children = {}) {
    std::array<int, 2> pair{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) == 0);
    near = pair[0];
    far = pair[1];
    guard = fork_sleeper();
    REQUIRE(guard > 0);
    auto made = kube::Poller::create();
    REQUIRE(made);
    poller = std::move(*made);
    GuardClient::Handler handler;
    handler.on_report = [](const GuardReport&) {};
    handler.on_lost = [this](const std::string& why) { lost = why; };
    handler.on_gone = [this] { gone = true; };
    auto created = GuardClient::create(
        *poller, {.socket = near, .pid = guard, .earlier_children = std::move(earlier_children)},
        std::chrono::minutes(1), handler);
    REQUIRE(created);
    link = std::move(*created);
  }
  ~Scene() {
    ::kill(guard, SIGKILL);
    link.reset();
    ::close(far);
  }
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  bool turn_until(const std::function<bool()>& there) const {
    return eventually([&] {
      poller->wait(milliseconds(1));
      return there();
    });
  }
  // The next message to the guard, answered.
  std::optional<GuardCommand> hear() const {
    GuardCommand command;
    std::vector<std::string> variables;
    if (cmd::receive_message(far, command, variables) != Received::kMessage) return std::nullopt;
    CHECK(cmd::send_message(far, {.kind = GuardReport::Kind::kAnswer, .serial = command.serial}));
    return command;
  }

  int near = -1;
  int far = -1;
  pid_t guard = -1;
  std::unique_ptr<kube::Poller> poller;
  std::unique_ptr<GuardClient> link;
  std::string lost;
  bool gone = false;
};

}  // namespace

TEST_CASE("a guard that is found dead only when a message is sent to it is cleaned up as well") {
  Scene scene;
  const auto over = kube::boot_now() + milliseconds(20);
  scene.link->begin({.hold_until = over, .gone_by = over}, {});
  // From here on nothing can be sent, and no message has shown that: it dies between the two.
  REQUIRE(::shutdown(scene.near, SHUT_WR) == 0);
  CHECK(scene.turn_until([&] { return scene.gone; }));
  CHECK(scene.lost == "cannot send to the guard process");
  CHECK_FALSE(scene.link->trusted());
}

TEST_CASE("a flood of signals reaches the guard in order, and does not make it count as dead") {
  constexpr int kSignals = 2000;
  Scene scene;
  for (int i = 0; i < kSignals; ++i) scene.link->signal({.number = i + 1});
  // What matters still gets through at once.
  scene.link->extend({.hold_until = kube::boot_now() + std::chrono::minutes(1),
                      .gone_by = kube::boot_now() + std::chrono::minutes(2)});
  CHECK(scene.link->trusted());
  int next = 1;
  bool extended = false;
  CHECK(scene.turn_until([&] {
    while (const auto command = scene.hear()) {
      extended |= command->kind == GuardCommand::Kind::kExtend;
      if (command->kind != GuardCommand::Kind::kSignal) continue;
      CHECK(command->signal.number == next);
      ++next;
      if (next < kSignals / 2) CHECK(extended == (next > 65));
    }
    return next > kSignals;
  }));
  CHECK(extended);
  CHECK(scene.lost.empty());
}

TEST_CASE("a guard that ends with its link leaves no zombie behind") {
  Scene scene;
  ::kill(scene.guard, SIGKILL);  // as it ends by itself when the socket is closed
  scene.link.reset();
  CHECK(::waitpid(scene.guard, nullptr, 0) == -1);
  CHECK(errno == ECHILD);
}

TEST_CASE("with a lost guard, a child that elector had before is neither killed nor waited for") {
  const pid_t earlier = fork_sleeper();
  {
    Scene scene({earlier});
    const pid_t left_behind = fork_sleeper();
    ::kill(scene.guard, SIGKILL);
    ::shutdown(scene.far, SHUT_RDWR);
    CHECK(scene.turn_until([&] { return scene.gone; }));
    CHECK(is_alive(earlier));
    CHECK(::waitpid(left_behind, nullptr, 0) == -1);
  }
  end_sleeper(earlier);
}

TEST_CASE(
    "with a lost guard, a process that elector started for itself is neither killed nor waited "
    "for") {
  Scene scene;
  const pid_t helper = fork_sleeper();
  const pid_t left_behind = fork_sleeper();
  kube::own_child(helper);
  ::kill(scene.guard, SIGKILL);
  ::shutdown(scene.far, SHUT_RDWR);
  CHECK(scene.turn_until([&] { return scene.gone; }));
  CHECK(is_alive(helper));
  CHECK(::waitpid(left_behind, nullptr, 0) == -1);
  end_sleeper(helper);
}

TEST_CASE("an orphan that made elector its tracer continues") {
  Scene scene;
  const pid_t orphan = ::fork();
  if (orphan == 0) {
    ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    std::signal(SIGUSR1, [](int) {});
    ::raise(SIGUSR1);
    ::_exit(7);
  }
  CHECK(scene.turn_until([&] {
    kube::reap_children();
    return ::kill(orphan, 0) != 0;  // it has ended and was reaped
  }));
}

}  // namespace elector::tests
