// SPDX-License-Identifier: Apache-2.0
#include "cmd/http/address.h"

#include <sys/un.h>

#include <algorithm>

#include "cmd/http/service_port.h"
#include "cmd/output/text.h"
#include "kube/base/host_port.h"
#include "kube/base/text.h"

namespace elector::cmd {
namespace {

Error bad_address(std::string_view text, const std::string& problem) {
  return {Error::Kind::kUsage, quoted(text) + " " + problem};
}

// The characters of a host's name or address; the resolver checks the rest.
bool is_host_character(char c) {
  return kube::is_alphanumeric(c) || c == '.' || c == '-' || c == '_';
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
  const auto parts = kube::split_host_port(text);
  if (!parts && (kube::is_ipv6(text) || kube::is_ipv6(text.substr(0, text.rfind(':'))))) {
    return bad_address(text, "needs brackets around the IPv6 address: [::1]:4040, for example");
  }
  if (parts && !parts->port && kube::port_number(text)) {
    return bad_address(text, "is only a port; write :" + std::string(text) + " for every address");
  }
  if (!parts || !parts->port) return bad_address(text, kForm);
  const std::string_view host = parts->host;
  if (parts->bracketed && !kube::is_ipv6(host)) {
    return bad_address(text, "has no IPv6 address between its brackets");
  }
  if (!parts->bracketed && !std::all_of(host.begin(), host.end(), is_host_character)) {
    return bad_address(text, kForm);
  }
  auto number = kube::port_number(*parts->port);
  if (!number) number = service_port(*parts->port);
  if (!number) {
    return bad_address(text,
                       "has neither a port from 0 to 65535 nor a known service such as http after "
                       "its last colon");
  }
  return HttpAddress{.host = std::string(host), .port = *number, .unix_path = {}};
}

std::string to_string(const HttpAddress& address) {
  if (!address.unix_path.empty()) return "unix:" + address.unix_path;
  return kube::bracketed(address.host) + ":" + std::to_string(address.port);
}

}  // namespace elector::cmd
