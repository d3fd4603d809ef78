// SPDX-License-Identifier: Apache-2.0
// The command line: turns arguments and environment into one value that a command runs on, or into
// a text to print. Without other effects; CLI11 reads the variables of this process.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cmd/cli/options.h"

namespace elector::cmd {

// Parses the program's arguments, without argv[0].
ParseResult parse(std::span<const std::string> arguments, const Surroundings& surroundings);

// Replaces flags in a message of kube/ by the variables that set them: "--server "x" has no scheme"
// becomes "ELECTOR_SERVER "x" has no scheme". `flags` is ApiOptions::from_environment.
std::string name_variables(std::string_view message, std::span<const std::string> flags);

}  // namespace elector::cmd
