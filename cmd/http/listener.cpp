// SPDX-License-Identifier: Apache-2.0
#include "cmd/http/listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "cmd/http/peer.h"
#include "kube/base/host_port.h"

namespace elector::cmd {
namespace {

Error cannot_listen(const HttpAddress& address, const std::string& why) {
  return {Error::Kind::kConfig, "--http: cannot listen on " + to_string(address) + ": " + why};
}

std::string printable(const sockaddr* address, socklen_t length) {
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  ::getnameinfo(address, length, host.data(), host.size(), port.data(), port.size(),
                NI_NUMERICHOST | NI_NUMERICSERV);
  return kube::bracketed(host.data()) + ":" + port.data();
}

void set_port(sockaddr* address, std::uint16_t port) {
  if (address->sa_family == AF_INET) {
    reinterpret_cast<sockaddr_in*>(address)->sin_port = htons(port);
  } else if (address->sa_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6*>(address)->sin6_port = htons(port);
  }
}

// Returns a listening socket, or none with errno set. Each family has its own socket, so IPv6
// sockets accept IPv6 only.
kube::UniqueFd listen_on(const addrinfo& entry) {
  kube::UniqueFd socket(::socket(entry.ai_family, entry.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                                 entry.ai_protocol));
  if (!socket) return socket;
  const int fd = socket.get();
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (entry.ai_family == AF_INET6) ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (::bind(fd, entry.ai_addr, entry.ai_addrlen) == 0 && ::listen(fd, SOMAXCONN) == 0) {
    return socket;
  }
  return {};
}

}  // namespace

HttpListeners::~HttpListeners() {
  if (!unix_path_.empty()) ::unlink(unix_path_.c_str());
}

Failure HttpListeners::open(const HttpAddress& address) {
  return address.unix_path.empty() ? open_port(address) : open_path(address);
}

Failure HttpListeners::open_port(const HttpAddress& address) {
  std::uint16_t port = address.port;
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(address.host.empty() ? nullptr : address.host.c_str(),
                                   std::to_string(port).c_str(), &hints, &found);
  if (failed != 0) return cannot_listen(address, ::gai_strerror(failed));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> entries(found, &::freeaddrinfo);
  int last_error = EADDRNOTAVAIL;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    set_port(entry->ai_addr, port);
    kube::UniqueFd socket = listen_on(*entry);
    if (!socket) {
      last_error = errno;
      if (last_error == EADDRINUSE || last_error == EACCES) break;
      continue;
    }
    const int fd = socket.get();
    sockets_.push_back(std::move(socket));
    sockaddr_storage bound{};
    socklen_t length = sizeof bound;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &length);
    addresses_.push_back(printable(reinterpret_cast<sockaddr*>(&bound), length));
    if (cmd::is_loopback(bound)) loopback_.insert(fd);
    if (port == 0) port = ntohs(reinterpret_cast<sockaddr_in*>(&bound)->sin_port);
    last_error = 0;
  }
  if (sockets_.empty() || last_error == EADDRINUSE || last_error == EACCES) {
    return cannot_listen(address, std::strerror(last_error));
  }
  return std::nullopt;
}

Failure HttpListeners::open_path(const HttpAddress& address) {
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  if (address.unix_path.size() >= sizeof where.sun_path) {
    return cannot_listen(address, "the path of a socket can have at most 107 bytes");
  }
  address.unix_path.copy(where.sun_path, sizeof where.sun_path - 1);
  const auto* generic = reinterpret_cast<const sockaddr*>(&where);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return cannot_listen(address, std::strerror(errno));
  sockets_.emplace_back(fd);
  // A socket left behind by an earlier run does not answer; one that answers is in use.
  if (::connect(fd, generic, sizeof where) == 0)
    return cannot_listen(address, std::strerror(EADDRINUSE));
  struct stat found {};
  if (errno == ECONNREFUSED && ::lstat(where.sun_path, &found) == 0 && S_ISSOCK(found.st_mode)) {
    ::unlink(where.sun_path);
  }
  if (::bind(fd, generic, sizeof where) != 0) return cannot_listen(address, std::strerror(errno));
  unix_path_ = address.unix_path;
  if (::chmod(where.sun_path, 0660) != 0 || ::listen(fd, SOMAXCONN) != 0) {
    return cannot_listen(address, std::strerror(errno));
  }
  addresses_.push_back(to_string(address));
  return std::nullopt;
}

}  // namespace elector::cmd
