// SPDX-License-Identifier: Apache-2.0
// What each passage of the relay does to the bytes, in front of a server that sends back what it
// gets.
#include "tests/support/relay.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/http.h"

namespace elector::tests {
namespace {

class EchoServer {
 public:
  EchoServer() {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener_, 8) == 0);
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~EchoServer() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (std::thread& one : connections_) one.join();
    ::close(listener_);
  }
  EchoServer(const EchoServer&) = delete;
  EchoServer& operator=(const EchoServer&) = delete;

  std::uint16_t port = 0;
  std::atomic<std::size_t> received{0};

 private:
  void accept_all() {
    while (true) {
      const int fd = ::accept(listener_, nullptr, nullptr);
      if (fd < 0) return;
      connections_.emplace_back([this, fd] { echo(fd); });
    }
  }
  void echo(int fd) {
    std::array<char, 4096> buffer{};
    for (ssize_t size = 0; (size = ::recv(fd, buffer.data(), buffer.size(), 0)) > 0;) {
      received += static_cast<std::size_t>(size);
      if (::send(fd, buffer.data(), static_cast<std::size_t>(size), MSG_NOSIGNAL) < 0) break;
    }
    ::close(fd);
  }

  int listener_ = -1;
  std::thread acceptor_;
  std::vector<std::thread> connections_;
};

// The server, the relay, and a connection through it that has been used.
struct Line {
  EchoServer server;
  Relay relay{"127.0.0.1", server.port};
  OpenConnection connection{Address{.port = relay.port()}};

  Line() {
    REQUIRE(connection.send("hello"));
    REQUIRE(connection.receives("hello"));
  }
};

std::chrono::milliseconds time_of(const std::function<void()>& what) {
  const SteadyTime start = std::chrono::steady_clock::now();
  what();
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               start);
}

using Kind = Passage::Kind;

}  // namespace

TEST_SUITE("the relay") {
  TEST_CASE("what is held gets through when it passes again") {
    Line line;
    line.relay.hold();
    CHECK(line.connection.send("later"));
    CHECK_FALSE(line.connection.receives("later", Milliseconds(200)));
    CHECK(line.server.received == 5);
    line.relay.restore();
    CHECK(line.connection.receives("later"));
  }

  TEST_CASE("while answers are held back the server receives everything") {
    Line line;
    line.relay.set({.kind = Kind::kDeaf});
    CHECK(line.connection.send("write"));
    CHECK(eventually([&] { return line.server.received == 10; }));
    CHECK_FALSE(line.connection.receives("write", Milliseconds(200)));
    line.relay.restore();
    CHECK(line.connection.receives("write"));
  }

  TEST_CASE("a cut ends connections, and new ones too, until it passes again") {
    Line line;
    line.relay.set({.kind = Kind::kCut});
    CHECK(line.connection.ends());
    OpenConnection next{Address{.port = line.relay.port()}};
    CHECK(next.ends());
    line.relay.restore();
    // The first may still have come too early.
    CHECK(eventually([&] {
      OpenConnection again{Address{.port = line.relay.port()}};
      return again.send("again") && again.receives("again");
    }));
  }

  TEST_CASE("a reset ends connections, and new ones are welcome") {
    Line line;
    line.relay.reset();
    CHECK(line.connection.ends());
    OpenConnection next{Address{.port = line.relay.port()}};
    CHECK(next.send("next"));
    CHECK(next.receives("next"));
  }

  TEST_CASE("slow is one byte at a time") {
    Line line;
    line.relay.set({.kind = Kind::kSlow, .interval = std::chrono::milliseconds(10)});
    // Once the relay knows: the first byte may still go with others.
    CHECK(eventually([&] {
      return time_of([&] {
               CHECK(line.connection.send("0123456789"));
               CHECK(line.connection.receives("0123456789"));
             }) >= std::chrono::milliseconds(80);
    }));
  }

  TEST_CASE("delayed is whole and late") {
    Line line;
    line.relay.set({.kind = Kind::kDelay, .delay = Milliseconds(150)});
    CHECK(eventually([&] {
      return time_of([&] {
               CHECK(line.connection.send("0123456789"));
               CHECK(line.connection.receives("0123456789"));
             }) >= std::chrono::milliseconds(300);
    }));
  }

  TEST_CASE("damaged bytes are others, or control characters") {
    for (const Kind kind : {Kind::kDamage, Kind::kControl}) {
      Line line;
      line.relay.set({.kind = kind, .spacing = 10});
      const std::string text(200, 'x');
      CHECK(eventually([&] {
        const std::size_t before = line.connection.received().size();
        CHECK(line.connection.send(text + "\n"));
        eventually([&] {
          line.connection.receives("?", Milliseconds(10));
          return line.connection.received().size() >= before + text.size() + 1;
        });
        const std::string got = line.connection.received().substr(before, text.size());
        return kind == Kind::kControl ? got.find('\x01') != std::string::npos : got != text;
      }));
    }
  }
}

}  // namespace elector::tests
