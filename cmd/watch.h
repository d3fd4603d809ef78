// `elector watch`: who leads, and each change of that, for as long as it runs; or until something
// is so.
#pragma once

#include "cmd/options.h"

namespace elector::cmd {

// Returns the exit code: 0 when what --for waits for is so, 124 when it was not in time, 1 when it
// cannot be watched or standard output is closed, 2 for wrong usage, 128 + N after signal N.
int watch(const WatchOptions& options);

}  // namespace elector::cmd
