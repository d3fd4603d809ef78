// The help texts, generated from the tables of commands and flags. No line exceeds 80 columns.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cmd/cli/flag.h"

namespace elector::cmd {

// `elector --help`: the commands. `program` is how the user called it ("elector", "kubectl
// elector").
std::string top_help(std::string_view program, std::span<const Command> commands);

// `elector run --help`: the common flags, on one screen. With `all`, `--help-all`: every flag, its
// other names, and the variables.
std::string command_help(std::string_view program, const Command& command, bool all);

}  // namespace elector::cmd
