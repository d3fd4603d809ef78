// SPDX-License-Identifier: Apache-2.0
#include "cmd/http/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>

namespace elector::cmd {
namespace {

std::string text_of(int family, const void* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(family, address, text.data(), text.size());
  return text.data();
}

// The IPv4 address in ::ffff:1.2.3.4.
const std::uint8_t* mapped(const in6_addr& address) {
  constexpr std::size_t kPrefix = 12;
  return IN6_IS_ADDR_V4MAPPED(&address) ? &address.s6_addr[kPrefix] : nullptr;
}

}  // namespace

std::string peer_of(int fd, const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    return text_of(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr);
  }
  if (address.ss_family == AF_INET6) {
    in6_addr ip = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    if (const std::uint8_t* ipv4 = mapped(ip)) return text_of(AF_INET, ipv4);
    std::fill(std::begin(ip.s6_addr) + 8, std::end(ip.s6_addr), std::uint8_t{0});
    return text_of(AF_INET6, &ip) + "/64";
  }
  ucred process{};
  socklen_t size = sizeof process;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &process, &size) != 0) return "process";
  return "process " + std::to_string(process.pid);
}

bool is_loopback(const sockaddr_storage& address) {
  constexpr std::uint8_t kLoopback = 127;
  if (address.ss_family == AF_INET) {
    return ::ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr) >> 24U ==
           kLoopback;
  }
  if (address.ss_family != AF_INET6) return false;
  const in6_addr& ip = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  if (const std::uint8_t* ipv4 = mapped(ip)) return *ipv4 == kLoopback;
  return IN6_IS_ADDR_LOOPBACK(&ip);
}

}  // namespace elector::cmd
