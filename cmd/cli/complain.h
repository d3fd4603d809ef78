// SPDX-License-Identifier: Apache-2.0
// How a command reports that it cannot do what was requested.
#pragma once

#include <string_view>

#include "cmd/cli/options.h"
#include "core/error.h"

namespace elector::cmd {

// Prints "elector COMMAND: MESSAGE" on stderr. A flag whose value came from a variable is named by
// that variable. Returns the exit code: 2 for wrong usage, otherwise 1.
int complain(std::string_view command, const Error& error, const ApiOptions& options);

}  // namespace elector::cmd
