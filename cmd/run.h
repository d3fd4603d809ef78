// `elector run`: takes part in an election and says who leads, on standard output and over HTTP.
#pragma once

#include "cmd/options.h"

namespace elector::cmd {

// Runs until SIGTERM or SIGINT. Returns the exit code: 0 after an orderly end, 1 when it could not
// begin (and says why on stderr) or was hurried out before the lock was given back, 2 for wrong
// usage.
int run(const RunOptions& options);

}  // namespace elector::cmd
