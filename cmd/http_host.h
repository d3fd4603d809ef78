// Which host a request is for (RFC 9112, section 3.2), and whether that is this server.
//
// A web page can let its own name resolve to 127.0.0.1 and have the browser of a person at this
// machine ask there (DNS rebinding). Such a request carries the page's name, so a server that only
// this machine reaches answers to no name that an outsider can choose.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace elector::cmd {

struct HttpTarget {
  std::string_view target;               // "/leader", or "http://host:1/leader" as for a proxy
  std::string_view version;              // "HTTP/1.1"
  std::span<const std::string> hosts{};  // each value of Host
};

// The path in the target, "/" if an absolute form has none.
std::string_view path_of(std::string_view target);

// Whether there are as many Host fields as there must be: one, and in HTTP/1.0 at most one.
bool has_one_host(const HttpTarget& request);

// Whether every host that the request names is an IP address, localhost, or `own`, with any port.
// Case and a dot at the end do not matter.
bool is_for_this_machine(const HttpTarget& request, std::string_view own);

}  // namespace elector::cmd
