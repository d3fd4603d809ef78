// SPDX-License-Identifier: Apache-2.0
#include "kube/http/turn_limit.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <string>

#include "tests/support/raw_server.h"

using elector::kube::Turn;
using elector::kube::TurnSockets;
using elector::tests::RawServer;

namespace {

int connected_to(const RawServer& server) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(server.port()));
  REQUIRE(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

void flood(RawServer::Peer& peer) {
  const std::string block(1 << 20, 'x');
  while (peer.send(block)) {
  }
}

}  // namespace

TEST_CASE("a turn that reads without end is ended, by its sockets") {
  const RawServer server(flood);
  const int known = connected_to(server);
  const int removed = connected_to(server);
  TurnSockets sockets;
  sockets.add(removed);
  sockets.add(known);
  sockets.remove(removed);
  std::array<char, 16> some{};
  {
    const Turn turn(sockets);
    CHECK_FALSE(Turn::over_time());
    while (read(known, some.data(), some.size()) > 0) {
    }
    CHECK(Turn::over_time());
  }
  CHECK_FALSE(Turn::over_time());
  CHECK(read(removed, some.data(), some.size()) > 0);
  close(known);
  close(removed);
}

TEST_CASE("a turn that waits has all the time that it needs") {
  const TurnSockets sockets;
  const Turn turn(sockets);
  usleep(1'100'000);
  CHECK_FALSE(Turn::over_time());
}

TEST_CASE("the signal of a turn has its usual effect when it was sent by kill") {
  const pid_t pid = fork();
  if (pid == 0) {
    sigset_t alarm;
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGVTALRM);
    sigprocmask(SIG_BLOCK, &alarm, nullptr);
    const TurnSockets sockets;
    {
      const Turn turn(sockets);
      kill(getpid(), SIGVTALRM);
    }
    sigset_t pending;
    sigpending(&pending);
    if (sigismember(&pending, SIGVTALRM) != 1) _exit(1);
    sigprocmask(SIG_UNBLOCK, &alarm, nullptr);  // a handler stays where it was blocked
    signal(SIGVTALRM, SIG_DFL);
    { const Turn turn(sockets); }
    raise(SIGVTALRM);
    _exit(2);
  }
  int status = 0;
  REQUIRE(waitpid(pid, &status, 0) == pid);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGVTALRM);
}
