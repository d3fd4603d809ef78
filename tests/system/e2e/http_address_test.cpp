// SPDX-License-Identifier: Apache-2.0
// Where `--http` listens.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "tests/support/candidate.h"
#include "tests/support/cluster.h"

namespace elector::tests {
namespace {

// A TCP port of 127.0.0.1 that is taken as long as this lives.
class TakenPort {
 public:
  TakenPort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(fd_, generic, length) == 0);
    REQUIRE(::listen(fd_, 1) == 0);
    REQUIRE(::getsockname(fd_, generic, &length) == 0);
    port_ = ::ntohs(address.sin_port);
  }
  ~TakenPort() { ::close(fd_); }
  TakenPort(const TakenPort&) = delete;
  TakenPort& operator=(const TakenPort&) = delete;
  std::string text() const { return std::to_string(port_); }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

// Whether this machine has addresses of that family for the name; "" for itself as a whole.
bool resolves(const std::string& host, int family) {
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE;
  hints.ai_family = family;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.empty() ? nullptr : host.c_str(), "0", &hints, &found) != 0) return false;
  const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool bound = fd >= 0 && ::bind(fd, found->ai_addr, found->ai_addrlen) == 0;
  if (fd >= 0) ::close(fd);
  ::freeaddrinfo(found);
  return bound;
}

Command run_with_http(const ElectionName& election, const std::string& http) {
  return {
      .arguments = {elector_binary(), "run", "--kubeconfig=" + Cluster::get().kubeconfig(),
                    "--lock=leases", "--election=" + election.text(), "--id=a", "--http=" + http},
      .environment = clean_environment()};
}

// The port that the log's last "serving http" line names, once there are so many.
std::uint16_t served_port(const Process& process, std::size_t lines) {
  std::uint16_t port = 0;
  eventually([&] {
    std::size_t seen = 0;
    for (const Line& line : process.lines(Process::Stream::kErr)) {
      if (line.text.find("serving http") == std::string::npos) continue;
      ++seen;
      port = static_cast<std::uint16_t>(std::stoi(line.text.substr(line.text.rfind(':') + 1)));
    }
    return seen >= lines;
  });
  return port;
}

}  // namespace

TEST_SUITE("elector run --http") {
  TEST_CASE("HOST:PORT answers on every address of the host, :PORT on both families") {
    for (const std::string host : {"localhost", "", "0.0.0.0", "127.0.0.1"}) {
      CAPTURE(host);
      const bool ipv6 = resolves(host, AF_INET6);
      const ElectionName election(Cluster::get().api(), "families");
      Process process(run_with_http(election, host + ":0"));
      const std::uint16_t port = served_port(process, ipv6 ? 2 : 1);
      const auto answers = [&](const std::string& ip) {
        return http_get({.host = ip, .port = port}, "/healthz").status == 200;
      };
      CHECK(answers("127.0.0.1"));
      CHECK(answers("::1") == ipv6);
    }
  }

  TEST_CASE("unix:/PATH answers on a socket in the file system, and leaves none behind") {
    const ElectionName election(Cluster::get().api(), "unix");
    const TempDir dir;
    Process process(run_with_http(election, "unix:" + dir.path("socket")));
    const auto answers = [&] {
      return http_get({.host = dir.path("socket")}, "/").body == "{\"name\":\"a\"}";
    };
    CHECK_MESSAGE(eventually(answers), process.text(Process::Stream::kErr));
    process.signal(SIGTERM);
    CHECK(process.wait_exit() == 0);
    CHECK_FALSE(std::filesystem::exists(dir.path("socket")));
  }

  TEST_CASE("a port in use is one clear line, exit 1, and no lock is touched") {
    const ElectionName election(Cluster::get().api(), "inuse");
    const TakenPort taken;
    for (const std::string host : {"127.0.0.1", "localhost", ""}) {
      CAPTURE(host);
      Process process(run_with_http(election, host + ":" + taken.text()));
      CHECK(process.wait_exit() == 1);
      const auto lines = process.lines(Process::Stream::kErr);
      REQUIRE(lines.size() == 1);
      CHECK(lines[0].text.find("--http") != std::string::npos);
      CHECK(lines[0].text.find(taken.text()) != std::string::npos);
      CHECK(lines[0].text.find("in use") != std::string::npos);
      CHECK(process.lines(Process::Stream::kOut).empty());
    }
    CHECK_FALSE(Cluster::get().api().get(election.lease()));
  }
}

}  // namespace elector::tests
