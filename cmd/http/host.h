// SPDX-License-Identifier: Apache-2.0
// Determines which host a request is for (RFC 9112, section 3.2), and whether that is this server.
//
// A web page can let its own name resolve to 127.0.0.1 and make the browser of a user at this
// machine send requests there (DNS rebinding). Such a request carries the page's name, so a server
// that only this machine reaches answers to no name that an outsider can choose.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace elector::cmd {

struct HttpTarget {
  std::string_view target;               // "/leader", or "http://host:1/leader" as sent to a proxy
  std::string_view version;              // "HTTP/1.1"
  std::span<const std::string> hosts{};  // each value of Host
};

// Returns the path in the target, "/" if an absolute form has none.
std::string_view path_of(std::string_view target);

// Whether the number of Host fields is right: one, in HTTP/1.0 at most one.
bool has_one_host(const HttpTarget& request);

// Whether every host named by the request is an IP address, localhost, or `own`, with any port.
// Ignores case and a trailing dot.
bool is_for_this_machine(const HttpTarget& request, std::string_view own);

}  // namespace elector::cmd
