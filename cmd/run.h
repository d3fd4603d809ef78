// SPDX-License-Identifier: Apache-2.0
// `elector run`: takes part in an election and reports who leads, on standard output and over HTTP.
#pragma once

#include "cmd/cli/options.h"

namespace elector::cmd {

// Runs until SIGTERM or SIGINT. Returns the exit code: 0 after an orderly end, 1 if it could not
// begin (with the reason on stderr) or was forced to end before the lock was released, 2 for wrong
// usage.
int run(const RunOptions& options);

}  // namespace elector::cmd
