// SPDX-License-Identifier: Apache-2.0
#include "cmd/http/host.h"

#include <arpa/inet.h>
#include <strings.h>

#include <algorithm>
#include <optional>

#include "kube/base/host_port.h"

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

bool is_ipv4(const std::string& text) {
  in_addr address{};
  return ::inet_pton(AF_INET, text.c_str(), &address) == 1;
}

std::string_view without_dot(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

// Checks one "HOST", "HOST:PORT", "[IPV6]" or "[IPV6]:PORT".
bool names_this_machine(std::string_view authority, std::string_view own) {
  if (authority.find('\0') != std::string_view::npos) return false;
  const auto parts = kube::split_host_port(authority);
  const std::string_view port = parts ? parts->port.value_or("") : "";
  if (!parts || (!port.empty() && !kube::port_number(port))) return false;
  if (parts->bracketed) return kube::is_ipv6(parts->host);
  const std::string_view host = without_dot(parts->host);
  if (host.empty()) return false;
  return equal(host, "localhost") || equal(host, without_dot(own)) || is_ipv4(std::string(host));
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
