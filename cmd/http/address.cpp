#include "cmd/http/address.h"

#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "cmd/http/service_port.h"
#include "cmd/output/text.h"

namespace elector::cmd {
namespace {

Error bad_address(std::string_view text, const std::string& problem) {
  return {Error::Kind::kUsage, quoted(text) + " " + problem};
}

std::optional<std::uint16_t> port_number(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

// The characters of a host's name or address; the resolver checks the rest.
bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_';
}

// The part in brackets: an IPv6 address, with the zone that a link-local one needs (RFC 4007:
// %eth0).
bool is_ipv6(std::string_view text) {
  const std::string_view address = text.substr(0, text.find('%'));
  return address.find(':') != std::string_view::npos &&
         address.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_host_character(c) || c == ':' || c == '%'; });
}

Expected<HttpAddress> unix_address(std::string_view text, std::string_view path) {
  if (!path.starts_with('/') || path.find('\0') != std::string_view::npos) {
    return bad_address(text, "needs a whole path: unix:/run/elector.sock, for example");
  }
  // The kernel keeps the path in a fixed array, with a null at its end (unix(7)).
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return bad_address(text,
                       "has too long a path: the path of a socket can have at most 107 bytes");
  }
  return HttpAddress{.host = {}, .port = 0, .unix_path = std::string(path)};
}

}  // namespace

Expected<HttpAddress> parse_http_address(std::string_view text) {
  constexpr const char* kForm = "is not HOST:PORT, :PORT or unix:/PATH";
  if (text.starts_with("unix:")) return unix_address(text, text.substr(5));
  if (text.find("://") != std::string_view::npos) {
    return bad_address(text, "is a URL; give HOST:PORT alone");
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    if (!port_number(text)) return bad_address(text, kForm);
    return bad_address(text, "is only a port; write :" + std::string(text) + " for every address");
  }
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (!is_ipv6(host)) return bad_address(text, "has no IPv6 address between its brackets");
  } else if (host.find(':') != std::string_view::npos) {
    if (!is_ipv6(text)) return bad_address(text, kForm);
    return bad_address(text, "needs brackets around the IPv6 address: [::1]:4040, for example");
  } else if (!std::all_of(host.begin(), host.end(), is_host_character)) {
    return bad_address(text, kForm);
  }
  auto number = port_number(port);
  if (!number) number = service_port(port);
  if (!number) {
    return bad_address(text,
                       "has neither a port from 0 to 65535 nor a known service such as http after "
                       "its last colon");
  }
  return HttpAddress{.host = std::string(host), .port = *number, .unix_path = {}};
}

std::string to_string(const HttpAddress& address) {
  if (!address.unix_path.empty()) return "unix:" + address.unix_path;
  const bool brackets = address.host.find(':') != std::string::npos;
  return (brackets ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

}  // namespace elector::cmd
