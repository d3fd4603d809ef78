// SPDX-License-Identifier: Apache-2.0
#include "tests/support/raw_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>

namespace elector::tests {
namespace {

// Returns the Content-Length of a request's head; 0 if absent.
std::size_t content_length(const std::string& head) {
  for (const char* name : {"Content-Length: ", "content-length: "}) {
    const std::size_t at = head.find(name);
    if (at != std::string::npos) return std::strtoul(head.c_str() + at + 16, nullptr, 10);
  }
  return 0;
}

}  // namespace

std::string RawServer::Peer::request() {
  std::array<char, 16384> buffer{};
  while (!ended_) {
    const std::size_t end = read_.find("\r\n\r\n");
    if (end != std::string::npos) {
      const std::size_t total = end + 4 + content_length(read_.substr(0, end));
      if (read_.size() >= total) {
        std::string request = read_.substr(0, total);
        read_.erase(0, total);
        return request;
      }
    }
    const ssize_t count = recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (count <= 0) return {};
    read_.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return {};
}

std::string RawServer::Peer::bytes(std::size_t count) {
  std::array<char, 1024> buffer{};
  while (read_.size() < count) {
    const ssize_t more = recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (more <= 0) break;
    read_.append(buffer.data(), static_cast<std::size_t>(more));
  }
  std::string bytes = read_.substr(0, count);
  read_.erase(0, count);
  return bytes;
}

bool RawServer::Peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

void RawServer::Peer::answer(int status, std::string_view body, std::string_view headers) {
  std::string text =
      "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: application/json\r\n";
  text.append(headers).append("Content-Length: ").append(std::to_string(body.size()));
  text.append("\r\n\r\n").append(body);
  send(text);
}

void RawServer::Peer::begin_chunks() {
  send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
}

bool RawServer::Peer::chunk(std::string_view bytes) {
  std::array<char, 32> size{};
  std::snprintf(size.data(), size.size(), "%zx\r\n", bytes.size());
  return send(std::string(size.data()) + std::string(bytes) + "\r\n");
}

void RawServer::Peer::wait_for_close() {
  std::array<char, 1024> buffer{};
  while (recv(descriptor_, buffer.data(), buffer.size(), 0) > 0) {
  }
}

void RawServer::Peer::reset() {
  hang_up();
  const linger at_once{1, 0};
  setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

RawServer::RawServer(Script script) : script_(std::move(script)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, any, length) != 0 || listen(listener_, 64) != 0 ||
      getsockname(listener_, any, &length) != 0) {
    throw std::runtime_error("cannot listen on loopback");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

RawServer::~RawServer() {
  ending_ = true;
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int descriptor : open_) shutdown(descriptor, SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
  close(listener_);
}

void RawServer::accept_all() {
  while (!ending_) {
    const int descriptor = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) continue;
    const std::lock_guard lock(mutex_);
    open_.insert(descriptor);
    const int number = connections_++;
    threads_.emplace_back([this, descriptor, number] { serve(descriptor, number); });
  }
}

void RawServer::serve(int descriptor, int number) {
  Peer peer(descriptor, number);
  script_(peer);
  const std::lock_guard lock(mutex_);
  open_.erase(descriptor);
  close(descriptor);
}

}  // namespace elector::tests
