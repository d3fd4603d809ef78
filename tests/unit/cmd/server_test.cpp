// SPDX-License-Identifier: Apache-2.0
// The HTTP server when its process is in trouble: without descriptors, and at its end.
#include "cmd/http/server.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>

#include "tests/support/eventually.h"

namespace elector::tests {
namespace {

using cmd::HttpServer;
using std::chrono::milliseconds;

struct Scene {
  Scene() {
    auto made = kube::Poller::create();
    REQUIRE(made);
    poller = std::move(*made);
    HttpServer::Routes routes;
    routes.pages["/"] = [] { return cmd::HttpReply{200, "text/plain", "here"}; };
    routes.streams["/watch"] = [] { return cmd::HttpEvent{"1", "event"}; };
    cmd::HttpAddress any_port;
    any_port.host = "127.0.0.1";
    auto served = HttpServer::create(*poller, any_port, std::move(routes));
    REQUIRE(served);
    server = std::move(*served);
    const std::string& address = server->addresses().front();
    port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }

  std::unique_ptr<kube::Poller> poller;
  std::unique_ptr<HttpServer> server;
  std::uint16_t port = 0;
};

// A client that has requested a path, and what it has received so far.
class Client {
 public:
  Client(std::uint16_t port, const std::string& path)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = ::htons(port);
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    REQUIRE(
        eventually([&] { return ::send(fd_, request.data(), request.size(), MSG_NOSIGNAL) > 0; }));
  }
  ~Client() { ::close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool hears(kube::Poller& poller, const std::string& text) {
    return eventually([&] {
      poller.wait(milliseconds(1));
      std::array<char, 4096> buffer{};
      const ssize_t size = ::recv(fd_, buffer.data(), buffer.size(), 0);
      if (size > 0) heard_.append(buffer.data(), static_cast<std::size_t>(size));
      return heard_.find(text) != std::string::npos;
    });
  }

 private:
  int fd_;
  std::string heard_;
};

}  // namespace

TEST_CASE("a server that ends while a client follows a stream leaves nothing behind in the loop") {
  Scene scene;
  Client client(scene.port, "/watch");
  REQUIRE(client.hears(*scene.poller, "data: event"));
  scene.server.reset();
  for (int turn = 0; turn < 10; ++turn) scene.poller->wait(milliseconds(5));
}

TEST_CASE(
    "without descriptors it accepts no client, does not spin, and continues when there are some") {
  Scene scene;
  Client client(scene.port, "/");
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit none = before;
  none.rlim_cur = 3;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  int turns = 0;
  const auto until = std::chrono::steady_clock::now() + milliseconds(300);
  while (std::chrono::steady_clock::now() < until) {
    scene.poller->wait(milliseconds(100));
    ++turns;
  }
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(turns < 20);
  CHECK(client.hears(*scene.poller, "here"));
}

}  // namespace elector::tests
