// SPDX-License-Identifier: Apache-2.0
#include "tests/system/static_file/name_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace elector::tests {
namespace {

constexpr std::size_t kHeader = 12;  // RFC 1035 4.1.1

int listen_on(const std::string& address, int type) {
  const int fd = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(53);
  ::inet_pton(AF_INET, address.c_str(), &where.sin_addr);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0 ||
      (type == SOCK_STREAM && ::listen(fd, 8) != 0)) {
    ::close(fd);
    throw std::runtime_error("no name server can be on port 53 of " + address);
  }
  return fd;
}

std::string number(unsigned value) {
  return {static_cast<char>(value >> 8U), static_cast<char>(value & 255U)};
}

}  // namespace

NameServer::NameServer(const std::string& address, Zone zone)
    : zone_(std::move(zone)),
      datagrams_(listen_on(address, SOCK_DGRAM)),
      listener_(listen_on(address, SOCK_STREAM)) {
  thread_ = std::thread([this] { serve(); });
}

NameServer::~NameServer() {
  over_ = true;
  thread_.join();
  ::close(datagrams_);
  ::close(listener_);
}

std::vector<std::string> NameServer::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}

void NameServer::serve() {
  while (!over_) {
    std::array<pollfd, 2> both{{{datagrams_, POLLIN, 0}, {listener_, POLLIN, 0}}};
    if (::poll(both.data(), both.size(), 50) <= 0) continue;
    if (both[0].revents != 0) serve_datagram();
    if (both[1].revents != 0) serve_stream();
  }
}

void NameServer::serve_datagram() {
  std::array<char, 512> buffer{};
  sockaddr_in from{};
  socklen_t size = sizeof from;
  auto* generic = reinterpret_cast<sockaddr*>(&from);
  const ssize_t got = ::recvfrom(datagrams_, buffer.data(), buffer.size(), 0, generic, &size);
  if (got <= 0) return;
  const std::string reply = answer({buffer.data(), static_cast<std::size_t>(got)}, false);
  if (!zone_.only_tcp) ::sendto(datagrams_, reply.data(), reply.size(), 0, generic, size);
}

// One connection at a time, each query after a length of two octets (RFC 1035 4.2.2).
void NameServer::serve_stream() {
  const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  const timeval limit{.tv_sec = 0, .tv_usec = 500'000};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  std::array<unsigned char, 2> length{};
  while (::recv(fd, length.data(), 2, MSG_WAITALL) == 2) {
    std::string query(length[0] * 256U + length[1], '\0');
    if (::recv(fd, query.data(), query.size(), MSG_WAITALL) != static_cast<ssize_t>(query.size()))
      break;
    std::string reply = answer(query, true);
    reply.insert(0, number(static_cast<unsigned>(reply.size())));
    ::send(fd, reply.data(), reply.size(), MSG_NOSIGNAL);
  }
  ::close(fd);
}

// An authoritative answer: the address, nothing of that type, or no such name.
std::string NameServer::answer(const std::string& query, bool stream) {
  std::string name;
  std::size_t at = kHeader;
  while (at < query.size() && query[at] != 0) {
    const auto label = static_cast<unsigned char>(query[at]);
    name += (name.empty() ? "" : ".") + query.substr(at + 1, label);
    at += label + 1U;
  }
  if (query.size() < at + 5) return "";
  const unsigned type = static_cast<unsigned char>(query[at + 2]);
  {
    const std::lock_guard lock(mutex_);
    asked_.push_back((stream ? "tcp " : "udp ") + name);
  }
  const bool v6 = type == 28;
  const auto& of_type = v6 ? zone_.aaaa : zone_.a;
  const auto found = of_type.find(name);
  const bool known = zone_.a.contains(name) || zone_.aaaa.contains(name);
  const bool cut = zone_.truncates && !stream;
  const bool has = found != of_type.end() && (v6 || type == 1) && !cut;
  std::string reply = query.substr(0, 2);
  reply += number(0x8580U | (cut ? 0x0200U : 0U) | (known ? 0U : 3U));
  reply += number(1) + number(has ? 1 : 0) + number(0) + number(0);
  reply += query.substr(kHeader, at + 5 - kHeader);
  if (!has) return reply;
  std::array<char, 16> address{};
  const unsigned size = v6 ? 16 : 4;
  ::inet_pton(v6 ? AF_INET6 : AF_INET, found->second.c_str(), address.data());
  reply += number(0xC00C) + number(type) + number(1) + number(0) + number(60) + number(size);
  return reply.append(address.data(), size);
}

}  // namespace elector::tests
