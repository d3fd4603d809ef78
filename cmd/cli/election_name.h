// The election's name when `exec` is given none: derived from its command.
#pragma once

#include <string>
#include <string_view>

#include "core/error.h"

namespace elector::cmd {

// Returns the command's base name as an RFC 1123 subdomain: lower case, characters outside
// [a-z0-9.-] replaced by "-", "." and "-" trimmed at both ends. Fails with kUsage for shells,
// interpreters and wrappers, whose name says nothing about the job, and if nothing is left of the
// name.
Expected<std::string> election_of_command(std::string_view command);

}  // namespace elector::cmd
