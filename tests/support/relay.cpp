// SPDX-License-Identifier: Apache-2.0
#include "tests/support/relay.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <utility>

namespace elector::tests {
namespace {

// How much one direction may queue; more stays unread at its source.
constexpr std::size_t kMostQueued = 1 << 20;

// Returns "https://host:port" from the line that begins with "server:".
std::string server_in(const std::string& kubeconfig) {
  std::ifstream file(kubeconfig);
  for (std::string line; std::getline(file, line);) {
    const std::size_t url = line.find("https://");
    if (line.find("server: ") == std::string::npos || url == std::string::npos) continue;
    const std::string rest = line.substr(url);
    return rest.substr(0, rest.find_first_of(",} \"'"));
  }
  throw std::runtime_error("no server in " + kubeconfig);
}

int connect_to(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return -1;
  int connected = -1;
  for (const addrinfo* one = found; one != nullptr && connected < 0; one = one->ai_next) {
    connected = ::socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, 0);
    if (::connect(connected, one->ai_addr, one->ai_addrlen) != 0) {
      ::close(connected);
      connected = -1;
    }
  }
  ::freeaddrinfo(found);
  return connected;
}

void send_each_byte_at_once(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void wake_up(int event) {
  const std::uint64_t one = 1;
  (void)!::write(event, &one, sizeof one);
}

}  // namespace

Relay::Relay(const std::string& kubeconfig) {
  const std::string server = server_in(kubeconfig);
  const std::size_t scheme = server.find("://");
  const std::size_t colon = server.rfind(':');
  if (scheme == std::string::npos || colon <= scheme + 3) {
    throw std::runtime_error("not HTTPS://HOST:PORT: " + server);
  }
  host_ = server.substr(scheme + 3, colon - scheme - 3);
  port_ = static_cast<std::uint16_t>(std::stoi(server.substr(colon + 1)));
  listen();
}

Relay::Relay(std::string host, std::uint16_t port) : host_(std::move(host)), port_(port) {
  listen();
}

void Relay::listen() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("the relay cannot listen");
  }
  own_port_ = ntohs(address.sin_port);
  wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  thread_ = std::thread([this] { run(); });
}

Relay::~Relay() {
  end_ = true;
  wake_up(wake_);
  thread_.join();
  for (const Connection& connection : connections_) end(connection, false);
  ::close(listener_);
  ::close(wake_);
}

std::vector<std::string> Relay::flags() const {
  const std::string here = "127.0.0.1";
  std::vector<std::string> flags{"--server=https://" + here + ":" + std::to_string(own_port_)};
  if (host_ != here) flags.push_back("--tls-server-name=" + host_);
  return flags;
}

void Relay::set(const Passage& passage) {
  {
    const std::lock_guard lock(mutex_);
    wanted_ = passage;
  }
  wake_up(wake_);
}

void Relay::reset() {
  reset_ = true;
  wake_up(wake_);
}

void Relay::run() {
  while (!end_) {
    wait();
    take_passage();
    if (reset_.exchange(false) || passage_.kind == Passage::Kind::kCut) {
      for (const Connection& connection : connections_) end(connection, true);
      connections_.clear();
    }
    std::erase_if(connections_, [this](Connection& connection) {
      if (work(connection)) return false;
      end(connection, false);
      return true;
    });
    accept_one();
  }
}

// Waits until something can be read or written, a byte is due, or set() was called.
void Relay::wait() const {
  std::vector<pollfd> waiting{{.fd = wake_, .events = POLLIN, .revents = 0},
                              {.fd = listener_, .events = POLLIN, .revents = 0}};
  std::optional<SteadyTime> due;
  for (const Connection& connection : connections_) {
    for (const Stream* stream : {&connection.request, &connection.answer}) {
      if (held(*stream)) continue;
      if (!stream->ended && stream->queued < kMostQueued) {
        waiting.push_back({.fd = stream->from, .events = POLLIN, .revents = 0});
      }
      if (stream->chunks.empty()) continue;
      const SteadyTime at = std::max(stream->chunks.front().due, stream->next_byte);
      if (at <= std::chrono::steady_clock::now()) {
        waiting.push_back({.fd = stream->to, .events = POLLOUT, .revents = 0});
      } else {
        due = due ? std::min(*due, at) : at;
      }
    }
  }
  timespec limit{};
  if (due) {
    const auto left = std::max(std::chrono::nanoseconds(0),
                               std::chrono::nanoseconds(*due - std::chrono::steady_clock::now()));
    limit.tv_sec = left.count() / 1'000'000'000;
    limit.tv_nsec = left.count() % 1'000'000'000;
  }
  ::ppoll(waiting.data(), waiting.size(), due ? &limit : nullptr, nullptr);
  std::uint64_t count = 0;
  (void)!::read(wake_, &count, sizeof count);
}

void Relay::take_passage() {
  const std::lock_guard lock(mutex_);
  if (wanted_.kind != passage_.kind || wanted_.seed != passage_.seed) random_.seed(wanted_.seed);
  passage_ = wanted_;
}

void Relay::accept_one() {
  const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return;
  const int server = passage_.kind == Passage::Kind::kCut ? -1 : connect_to(host_, port_);
  Connection connection{.request = {.from = client, .to = server},
                        .answer = {.from = server, .to = client, .is_answer = true}};
  if (server < 0) return end(connection, true);
  send_each_byte_at_once(client);
  send_each_byte_at_once(server);
  connections_.push_back(std::move(connection));
}

// Moves what can be moved; returns false at the end of the connection.
bool Relay::work(Connection& connection) {
  for (Stream* stream : {&connection.request, &connection.answer}) {
    if (held(*stream)) continue;
    if (!read_some(*stream)) stream->ended = true;
    if (!write_some(*stream, std::chrono::steady_clock::now())) return false;
    if (stream->ended && stream->chunks.empty()) return false;
  }
  return true;
}

bool Relay::held(const Stream& stream) const {
  return passage_.kind == Passage::Kind::kHold ||
         (passage_.kind == Passage::Kind::kDeaf && stream.is_answer);
}

// Returns false at the end of the stream.
bool Relay::read_some(Stream& stream) {
  if (stream.ended || stream.queued >= kMostQueued) return !stream.ended;
  std::array<char, 16384> buffer{};
  const ssize_t size = ::recv(stream.from, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (size < 0) return errno == EAGAIN || errno == EINTR;
  if (size == 0) return false;
  std::string bytes(buffer.data(), static_cast<std::size_t>(size));
  damage(stream, bytes);
  stream.queued += bytes.size();
  const bool late = passage_.kind == Passage::Kind::kDelay;
  stream.chunks.push_back(
      {std::chrono::steady_clock::now() + (late ? passage_.delay : Milliseconds(0)),
       std::move(bytes)});
  return true;
}

// Writes what is due, or one byte of it; returns false if the other side is gone.
bool Relay::write_some(Stream& stream, SteadyTime now) const {
  const bool slow = passage_.kind == Passage::Kind::kSlow;
  if (slow && now < stream.next_byte) return true;
  while (!stream.chunks.empty() && stream.chunks.front().due <= now) {
    std::string& bytes = stream.chunks.front().bytes;
    const ssize_t size =
        ::send(stream.to, bytes.data(), slow ? 1 : bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size < 0) return errno == EAGAIN || errno == EINTR;
    stream.queued -= static_cast<std::size_t>(size);
    bytes.erase(0, static_cast<std::size_t>(size));
    if (bytes.empty()) stream.chunks.pop_front();
    stream.next_byte = slow ? now + passage_.interval : SteadyTime{};
    if (slow) return true;
  }
  return true;
}

void Relay::damage(Stream& stream, std::string& bytes) {
  const bool control = passage_.kind == Passage::Kind::kControl;
  if (!control && passage_.kind != Passage::Kind::kDamage) return;
  for (char& byte : bytes) {
    if (stream.until_change-- > 0) continue;
    byte = control ? '\x01' : static_cast<char>(byte ^ (1 << (random_() % 8)));
    stream.until_change =
        static_cast<int>(random_() % static_cast<std::uint64_t>(2 * passage_.spacing)) + 1;
  }
}

void Relay::end(const Connection& connection, bool reset) {
  for (const int fd : {connection.request.from, connection.request.to}) {
    if (fd < 0) continue;
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    if (reset) ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(fd);
  }
}

}  // namespace elector::tests
