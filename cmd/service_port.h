// TCP ports by their names, as Go's net.Listen takes them: "http", "https".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace elector::cmd {

// The TCP port of a service, by its name or an alias in `services`, a file as of services(5); and,
// since an image may lack that file, by the names that Go knows without it. Case does not matter.
// Nothing if the name is unknown.
std::optional<std::uint16_t> service_port(std::string_view name,
                                          const std::string& services = "/etc/services");

}  // namespace elector::cmd
