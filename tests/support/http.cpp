// SPDX-License-Identifier: Apache-2.0
#include "tests/support/http.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <utility>

namespace elector::tests {
namespace {

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

int connected_to_file(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0)
    return fd;
  const int error = errno;
  ::close(fd);
  errno = error;
  return -1;
}

// Whether the socket has the required source address.
bool comes_from(int fd, const std::string& address) {
  if (address.empty()) return true;
  sockaddr_in source{};
  source.sin_family = AF_INET;
  return ::inet_pton(AF_INET, address.c_str(), &source.sin_addr) == 1 &&
         ::bind(fd, reinterpret_cast<sockaddr*>(&source), sizeof source) == 0;
}

// Returns a connected socket, or -1 with errno set.
int connected(const Address& address) {
  if (address.host.starts_with('/')) return connected_to_file(address.host);
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found) !=
      0) {
    errno = EADDRNOTAVAIL;
    return -1;
  }
  const int fd = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool done = fd >= 0 && comes_from(fd, address.from) &&
                    ::connect(fd, found->ai_addr, found->ai_addrlen) == 0;
  const int error = errno;
  ::freeaddrinfo(found);
  if (done) return fd;
  if (fd >= 0) ::close(fd);
  errno = error;
  return -1;
}

// HTTP/1.0: the answer ends with the connection, and is never chunked.
std::string text_of(const Address& address, const HttpRequest& request) {
  const bool brackets = address.host.find(':') != std::string::npos;
  std::string host = brackets ? "[" + address.host + "]" : address.host;
  if (request.headers.contains("Host")) host.clear();  // the test's own
  std::string text = request.method + " " + request.path + " HTTP/1.0\r\n" +
                     (host.empty() ? "" : "Host: " + host + "\r\n") +
                     "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  for (const auto& [name, value] : request.headers) text += name + ": " + value + "\r\n";
  return text + "\r\n" + request.body;
}

bool send_all(int fd, const std::string& text) {
  std::size_t sent = 0;
  while (sent < text.size()) {
    const ssize_t size = ::send(fd, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (size <= 0) return false;
    sent += static_cast<std::size_t>(size);
  }
  return true;
}

// Returns everything up to the end of the connection; nothing if that does not come within the
// limit.
std::optional<std::string> receive_all(int fd, Milliseconds limit) {
  const SteadyTime end = std::chrono::steady_clock::now() + limit;
  std::string text;
  std::array<char, 16384> buffer{};
  while (true) {
    const auto left =
        std::chrono::duration_cast<Milliseconds>(end - std::chrono::steady_clock::now());
    pollfd readable{.fd = fd, .events = POLLIN, .revents = 0};
    if (left.count() <= 0 || ::poll(&readable, 1, static_cast<int>(left.count())) <= 0) return {};
    const ssize_t size = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (size < 0) return {};
    if (size == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

HttpAnswer parse(const std::string& text) {
  const std::size_t head_end = text.find("\r\n\r\n");
  const std::size_t code = text.find(' ');
  if (head_end == std::string::npos || code > head_end) return {.body = "no HTTP answer: " + text};
  HttpAnswer answer{.status = std::atoi(text.c_str() + code), .body = text.substr(head_end + 4)};
  for (std::size_t at = text.find("\r\n"); at < head_end;) {
    const std::size_t end = text.find("\r\n", at + 2);
    const std::string line = text.substr(at + 2, end - at - 2);
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos)
      answer.headers[lower(line.substr(0, colon))] = line.substr(colon + 2);
    at = end;
  }
  const auto length = answer.headers.find("content-length");
  if (length != answer.headers.end() && std::to_string(answer.body.size()) != length->second) {
    return {.body = "the answer broke off: " + text};
  }
  return answer;
}

}  // namespace

HttpAnswer http(const Address& address, const HttpRequest& request, Milliseconds limit) {
  const Socket socket(connected(address));
  if (socket.fd() < 0) return {.body = std::string("connect: ") + std::strerror(errno)};
  if (!send_all(socket.fd(), text_of(address, request))) return {.body = "the peer hung up"};
  const auto text = receive_all(socket.fd(), limit);
  return text ? parse(*text) : HttpAnswer{.body = "no whole answer within the limit"};
}

HttpAnswer http_get(const Address& address, const std::string& path) {
  return http(address, {.path = path});
}

OpenConnection::OpenConnection(const Address& address) : fd_(connected(address)) {
  if (fd_ < 0) throw std::runtime_error(std::string("connect: ") + std::strerror(errno));
}

OpenConnection::~OpenConnection() {
  if (fd_ >= 0) ::close(fd_);
}

OpenConnection::OpenConnection(OpenConnection&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      ended_(other.ended_),
      received_(std::move(other.received_)),
      looked_to_(other.looked_to_) {}

bool OpenConnection::send(const std::string& text) const {
  return send_all(fd_, text);
}

bool OpenConnection::receives(const std::string& text, Milliseconds limit) {
  const SteadyTime end = std::chrono::steady_clock::now() + limit;
  for (;;) {
    const std::size_t at = received_.find(text, looked_to_);
    if (at != std::string::npos) {
      looked_to_ = at + text.size();
      return true;
    }
    if (!read_some(end)) return false;
  }
}

bool OpenConnection::ends(Milliseconds limit) {
  const SteadyTime end = std::chrono::steady_clock::now() + limit;
  while (!ended_ && read_some(end)) {
  }
  return ended_;
}

// Returns false when the time is over, or the connection has ended.
bool OpenConnection::read_some(SteadyTime end) {
  const auto left =
      std::chrono::duration_cast<Milliseconds>(end - std::chrono::steady_clock::now());
  pollfd readable{.fd = fd_, .events = POLLIN, .revents = 0};
  if (ended_ || left.count() <= 0 || ::poll(&readable, 1, static_cast<int>(left.count())) <= 0) {
    return false;
  }
  std::array<char, 16384> buffer{};
  const ssize_t size = ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (size <= 0) {
    ended_ = true;
    return false;
  }
  received_.append(buffer.data(), static_cast<std::size_t>(size));
  return true;
}

}  // namespace elector::tests
