// SPDX-License-Identifier: Apache-2.0
#include "kube/base/host_port.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstddef>

#include "kube/base/text.h"

namespace elector::kube {
namespace {

// The characters of a zone in a URL (RFC 6874): unreserved ones, and those of %XX.
bool is_zone_character(char c) {
  return is_alphanumeric(c) || std::string_view("-._~%").find(c) != std::string_view::npos;
}

}  // namespace

std::optional<HostPort> split_host_port(std::string_view text) {
  HostPort parts;
  parts.bracketed = text.starts_with('[');
  if (parts.bracketed) text.remove_prefix(1);
  const std::size_t end = text.find(parts.bracketed ? ']' : ':');
  if (parts.bracketed && end == std::string_view::npos) return std::nullopt;
  parts.host = text.substr(0, end);
  text.remove_prefix(std::min(end, text.size()));
  if (parts.bracketed) text.remove_prefix(1);
  if (text.empty()) return parts;
  if (text.front() != ':' || text.find(':', 1) != std::string_view::npos) return std::nullopt;
  parts.port = text.substr(1);
  return parts;
}

std::optional<std::uint16_t> port_number(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || rest != end) return std::nullopt;
  return port;
}

bool is_ipv6(std::string_view text) {
  const std::size_t zone = std::min(text.find('%'), text.size());
  const std::string address(text.substr(0, zone));
  text.remove_prefix(zone);
  in6_addr bytes{};
  // A NUL byte would end the address.
  return address.find('\0') == std::string::npos &&
         ::inet_pton(AF_INET6, address.c_str(), &bytes) == 1 &&
         std::all_of(text.begin(), text.end(), is_zone_character);
}

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

}  // namespace elector::kube
