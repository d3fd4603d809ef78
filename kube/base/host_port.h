// SPDX-License-Identifier: Apache-2.0
// A host and a port as text: in a URL, in NO_PROXY, in --http and in a Host field.
//
// Not by libcurl's URL parser, which rewrites what it reads ("010.0.0.1" becomes 8.0.0.1, "a%62c"
// becomes abc), and whose accepted spellings differ from Go's and from one version to the next.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace elector::kube {

struct HostPort {
  std::string_view host;  // without its brackets
  bool bracketed = false;
  std::optional<std::string_view> port;  // the text after the colon; nothing without a colon
};

// Splits "HOST", "HOST:PORT", "[HOST]" and "[HOST]:PORT". Each part may be empty, and none is
// checked. Returns nothing for a colon elsewhere, and for brackets around less than the host.
std::optional<HostPort> split_host_port(std::string_view text);

// Parses a port: digits, at most 65535.
std::optional<std::uint16_t> port_number(std::string_view text);

// Whether the text is an IPv6 address, perhaps with a zone (RFC 4007: "fe80::1%eth0").
bool is_ipv6(std::string_view text);

// Returns the host as HOST:PORT and URLs contain it: an IPv6 address in brackets.
std::string bracketed(const std::string& host);

}  // namespace elector::kube
