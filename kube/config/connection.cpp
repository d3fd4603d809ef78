// SPDX-License-Identifier: Apache-2.0
// What the transport derives from a connection.
#include "kube/config/connection.h"

#include <string_view>

#include "kube/base/text.h"
#include "kube/config/url.h"

namespace elector::kube {
namespace {

// RFC 9110's token characters besides letters and digits, except the percent sign itself.
constexpr std::string_view kHeaderCharacters = "!#$&'*+-.^_`|~";

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
      headers.push_back("Impersonate-Extra-" + percent_encode(key, kHeaderCharacters) + ": " +
                        value);
    }
  }
  return headers;
}

bool has_tls_proxy(const Connection& connection) {
  const auto proxy = parse_url(connection.proxy_url);
  return proxy && proxy->scheme == "https";
}

}  // namespace elector::kube
