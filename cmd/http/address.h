// SPDX-License-Identifier: Apache-2.0
// The address given by --http.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.h"

namespace elector::cmd {

struct HttpAddress {
  std::string
      host;  // a name or an address, IPv6 without brackets; "": every address, both families
  std::uint16_t port = 0;  // 0: any free port
  std::string unix_path;   // if not empty, a Unix socket at this path instead of host and port

  bool operator==(const HttpAddress&) const = default;
};

// Parses HOST:PORT, :PORT, [IPV6]:PORT or unix:/PATH. Checks only the form: nothing is resolved.
// Fails with kUsage and a message that the caller prefixes with the flag's name.
Expected<HttpAddress> parse_http_address(std::string_view text);

// Returns the address as typed: HOST:PORT, with brackets around an IPv6 address, or unix:/PATH.
std::string to_string(const HttpAddress& address);

}  // namespace elector::cmd
