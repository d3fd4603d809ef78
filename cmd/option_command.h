// The election that a command stands for when `exec` is given no name.
#pragma once

#include <string>
#include <string_view>

#include "kube/error.h"

namespace elector::cmd {

// The command's base name as an RFC 1123 subdomain: lower case, what is not in [a-z0-9.-] becomes
// "-", and what may not stand at an end is trimmed. Fails with kUsage for shells, interpreters and
// wrappers, whose name says nothing about the job, and for names of which nothing is left.
kube::Expected<std::string> election_of_command(std::string_view command);

}  // namespace elector::cmd
