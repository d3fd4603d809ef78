#include "cmd/http/host.h"

#include <arpa/inet.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace elector::cmd {
namespace {

bool equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

// Returns what follows "http://" in a target in absolute form.
std::optional<std::string_view> after_scheme(std::string_view target) {
  constexpr std::string_view kScheme = "http://";
  if (!equal(target.substr(0, kScheme.size()), kScheme)) return std::nullopt;
  return target.substr(kScheme.size());
}

bool is_address(int family, std::string_view text) {
  std::array<std::uint8_t, sizeof(in6_addr)> address{};
  return ::inet_pton(family, std::string(text).c_str(), address.data()) == 1;
}

bool is_port(std::string_view text) {
  return text.size() <= 5 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string_view without_dot(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

// Checks one "HOST", "HOST:PORT", "[IPV6]" or "[IPV6]:PORT".
bool names_this_machine(std::string_view authority, std::string_view own) {
  if (authority.find('\0') != std::string_view::npos) return false;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return false;
    const std::string_view rest = authority.substr(end + 1);
    const std::string_view address = authority.substr(1, end - 1);
    return (rest.empty() || (rest[0] == ':' && is_port(rest.substr(1)))) &&
           is_address(AF_INET6, address.substr(0, address.find('%')));  // without the zone
  }
  const std::size_t colon = std::min(authority.find(':'), authority.size());
  if (colon < authority.size() && !is_port(authority.substr(colon + 1))) return false;
  const std::string_view host = without_dot(authority.substr(0, colon));
  if (host.empty()) return false;
  return equal(host, "localhost") || equal(host, without_dot(own)) || is_address(AF_INET, host);
}

}  // namespace

std::string_view path_of(std::string_view target) {
  const auto rest = after_scheme(target);
  if (!rest) return target;
  const std::size_t slash = rest->find('/');
  return slash == std::string_view::npos ? "/" : rest->substr(slash);
}

bool has_one_host(const HttpTarget& request) {
  const bool may_lack = request.version == "HTTP/1.0";
  return request.hosts.size() == 1 || (may_lack && request.hosts.empty());
}

bool is_for_this_machine(const HttpTarget& request, std::string_view own) {
  if (const auto rest = after_scheme(request.target)) {
    if (!names_this_machine(rest->substr(0, rest->find('/')), own)) return false;
  }
  return std::all_of(request.hosts.begin(), request.hosts.end(),
                     [&](const std::string& host) { return names_this_machine(host, own); });
}

}  // namespace elector::cmd
