// SPDX-License-Identifier: Apache-2.0
#include "cmd/guard/protocol.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace elector::cmd {
namespace {

static_assert(std::is_trivially_copyable_v<GuardCommand>);
static_assert(std::is_trivially_copyable_v<GuardReport>);

constexpr std::size_t kMaxPacket = std::size_t{16} * 1024;

bool send_packet(int socket, const void* data, std::size_t size) {
  ssize_t sent = 0;
  do {
    sent = ::send(socket, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(size);
}

// Returns the packet's size; 0 at the end of file, -1 if there is nothing to read now.
ssize_t receive_packet(int socket, void* data, std::size_t size) {
  ssize_t got = 0;
  do {
    got = ::recv(socket, data, size, MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  if (got >= 0) return got;
  return errno == EAGAIN || errno == EWOULDBLOCK ? -1 : 0;
}

}  // namespace

bool send_message(int socket, const GuardCommand& command,
                  const std::vector<std::string>& variables) {
  std::string packet(reinterpret_cast<const char*>(&command), sizeof command);
  for (const std::string& variable : variables)
    packet.append(variable.c_str(), variable.size() + 1);
  return packet.size() <= kMaxPacket && send_packet(socket, packet.data(), packet.size());
}

bool send_message(int socket, const GuardReport& report) {
  return send_packet(socket, &report, sizeof report);
}

Received receive_message(int socket, GuardCommand& command, std::vector<std::string>& variables) {
  std::array<char, kMaxPacket> buffer;
  const ssize_t got = receive_packet(socket, buffer.data(), buffer.size());
  if (got < 0) return Received::kNothing;
  if (got < static_cast<ssize_t>(sizeof command)) return Received::kEnd;
  std::memcpy(&command, buffer.data(), sizeof command);
  std::string_view rest(buffer.data() + sizeof command,
                        static_cast<std::size_t>(got) - sizeof command);
  variables.clear();
  while (!rest.empty()) {
    const std::size_t end = rest.find('\0');
    if (end == std::string_view::npos) break;
    variables.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  return Received::kMessage;
}

Received receive_message(int socket, GuardReport& report) {
  const ssize_t got = receive_packet(socket, &report, sizeof report);
  if (got < 0) return Received::kNothing;
  return got == static_cast<ssize_t>(sizeof report) ? Received::kMessage : Received::kEnd;
}

}  // namespace elector::cmd
