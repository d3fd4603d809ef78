// The address that --http names.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kube/error.h"

namespace elector::cmd {

struct HttpAddress {
  std::string
      host;  // a name or an address, IPv6 without brackets; "": every address, both families
  std::uint16_t port = 0;  // 0: any that is free
  std::string unix_path;   // if not empty, a socket in the file system instead of host and port

  bool operator==(const HttpAddress&) const = default;
};

// HOST:PORT, :PORT, [IPV6]:PORT or unix:/PATH. Only the form is looked at: nothing is resolved.
// Fails with kUsage and a message for the caller to put the flag's name in front of.
kube::Expected<HttpAddress> parse_http_address(std::string_view text);

// As it is typed: HOST:PORT, with brackets around an IPv6 address; or unix:/PATH.
std::string to_string(const HttpAddress& address);

}  // namespace elector::cmd
