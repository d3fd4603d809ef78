// SPDX-License-Identifier: Apache-2.0
// The help texts, printed by CLI11 from the declarations of the flags. No line exceeds 80 columns.
#pragma once

#include <string>
#include <string_view>

#include "cmd/cli/command.h"

namespace elector::cmd {

// `elector --help`: the commands. `program` is how the user called it ("elector", "kubectl
// elector").
std::string top_help(std::string_view program);

// `elector run --help`: the common flags, on one screen. With `all`, `--help-all`: every flag, its
// other names, and the variables. `flags`: those of the command.
std::string command_help(std::string_view program, const Command& command, const Flags& flags,
                         bool all);

}  // namespace elector::cmd
