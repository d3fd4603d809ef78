// SPDX-License-Identifier: Apache-2.0
// TCP ports by name, as Go's net.Listen accepts them: "http", "https".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace elector::cmd {

// Returns the TCP port of a service by its name or alias in `services`, a file as of services(5),
// or, since an image may lack that file, by the names that Go has built in. Ignores case. Returns
// nothing if the name is unknown.
std::optional<std::uint16_t> service_port(std::string_view name,
                                          const std::string& services = "/etc/services");

}  // namespace elector::cmd
