// What the transport derives from a connection.
#include "kube/config/connection.h"

#include <cctype>
#include <string_view>

#include "kube/config/url.h"

namespace elector::kube {
namespace {

// RFC 9110's token characters, except the percent sign itself.
bool is_header_character(char c) {
  const auto u = static_cast<unsigned char>(c);
  return u < 0x80 && (std::isalnum(u) != 0 ||
                      std::string_view("!#$&'*+-.^_`|~").find(c) != std::string_view::npos);
}

std::string escape_header_key(const std::string& key) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string escaped;
  for (const char c : key) {
    if (is_header_character(c)) {
      escaped.push_back(c);
    } else {
      const auto u = static_cast<unsigned char>(c);
      escaped += {'%', kHex[u >> 4], kHex[u & 15U]};
    }
  }
  return escaped;
}

}  // namespace

std::vector<std::string> impersonation_headers(const Impersonation& impersonation) {
  std::vector<std::string> headers;
  if (impersonation.user.empty()) return headers;
  headers.push_back("Impersonate-User: " + impersonation.user);
  if (!impersonation.uid.empty()) headers.push_back("Impersonate-Uid: " + impersonation.uid);
  for (const std::string& group : impersonation.groups)
    headers.push_back("Impersonate-Group: " + group);
  for (const auto& [key, values] : impersonation.extra) {
    for (const std::string& value : values) {
      headers.push_back("Impersonate-Extra-" + escape_header_key(key) + ": " + value);
    }
  }
  return headers;
}

bool has_tls_proxy(const Connection& connection) {
  const auto proxy = parse_url(connection.proxy_url);
  return proxy && proxy->scheme == "https";
}

}  // namespace elector::kube
