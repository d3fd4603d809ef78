// SPDX-License-Identifier: Apache-2.0
// The process at the other end of a connection.
#include "cmd/http/peer.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

namespace elector::tests {
namespace {

sockaddr_storage address_of(const std::string& text) {
  sockaddr_storage address{};
  if (text.find(':') == std::string::npos) {
    auto& ipv4 = reinterpret_cast<sockaddr_in&>(address);
    ipv4.sin_family = AF_INET;
    REQUIRE(::inet_pton(AF_INET, text.c_str(), &ipv4.sin_addr) == 1);
  } else {
    auto& ipv6 = reinterpret_cast<sockaddr_in6&>(address);
    ipv6.sin6_family = AF_INET6;
    REQUIRE(::inet_pton(AF_INET6, text.c_str(), &ipv6.sin6_addr) == 1);
  }
  return address;
}

}  // namespace

TEST_CASE("a client is an IPv4 address, the /64 of an IPv6 one, or a process") {
  struct Row {
    std::string address;
    std::string peer;
    bool loopback;
  };
  for (const auto& [address, peer, loopback] : std::vector<Row>{
           {"127.0.0.1", "127.0.0.1", true},
           {"127.8.8.8", "127.8.8.8", true},
           {"126.255.255.255", "126.255.255.255", false},
           {"0.0.0.0", "0.0.0.0", false},
           {"10.0.0.7", "10.0.0.7", false},
           {"::1", "::/64", true},
           {"::", "::/64", false},
           {"::ffff:127.0.0.1", "127.0.0.1", true},
           {"::ffff:10.0.0.7", "10.0.0.7", false},
           {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", false},
           {"2001:db8:1:2::9", "2001:db8:1:2::/64", false},
           {"fe80::1", "fe80::/64", false},
       }) {
    CAPTURE(address);
    CHECK(cmd::peer_of(-1, address_of(address)) == peer);
    CHECK(cmd::is_loopback(address_of(address)) == loopback);
  }
  std::array<int, 2> pair{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()) == 0);
  sockaddr_storage unnamed{};
  unnamed.ss_family = AF_UNIX;
  CHECK(cmd::peer_of(pair[0], unnamed) == "process " + std::to_string(::getpid()));
  CHECK_FALSE(cmd::is_loopback(unnamed));
  for (const int fd : pair) ::close(fd);
}

}  // namespace elector::tests
