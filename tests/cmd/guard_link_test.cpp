// elector's side of the guard, with a guard that the test plays.
#include "cmd/guard_link.h"

#include <doctest/doctest.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/eventually.h"

namespace elector::tests {
namespace {

using cmd::GuardCommand;
using cmd::GuardLink;
using cmd::GuardReport;
using cmd::Received;
using std::chrono::milliseconds;

// The guard is a process that does nothing; what it would say and hear is at `far`.
struct Scene {
  Scene() {
    std::array<int, 2> pair{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) == 0);
    near = pair[0];
    far = pair[1];
    guard = ::fork();
    if (guard == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      while (true) ::pause();
    }
    REQUIRE(guard > 0);
    auto made = kube::Poller::create();
    REQUIRE(made);
    poller = std::move(*made);
    GuardLink::Handler handler;
    handler.on_report = [](const GuardReport&) {};
    handler.on_lost = [this](const std::string& why) { lost = why; };
    handler.on_gone = [this] { gone = true; };
    auto created = GuardLink::create(*poller, near, guard, std::chrono::minutes(1), handler);
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
  // The next thing that the guard is told, answered.
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
  std::unique_ptr<GuardLink> link;
  std::string lost;
  bool gone = false;
};

}  // namespace

TEST_CASE("a guard that is found dead only by telling it something is cleared away all the same") {
  Scene scene;
  const auto over = kube::boot_now() + milliseconds(20);
  scene.link->begin({.hold_until = over, .gone_by = over}, {});
  // From here on nothing can be sent, and nothing has come that says so: it dies between the two.
  REQUIRE(::shutdown(scene.near, SHUT_WR) == 0);
  CHECK(scene.turn_until([&] { return scene.gone; }));
  CHECK(scene.lost == "the guard cannot be told anything");
  CHECK_FALSE(scene.link->trusted());
}

TEST_CASE("a flood of signals reaches the guard in order, and is no reason to take it for dead") {
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

}  // namespace elector::tests
