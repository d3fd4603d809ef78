// SPDX-License-Identifier: Apache-2.0
// `elector watch`: reports who leads and each change, for as long as it runs, or until a condition
// is met.
#pragma once

#include "cmd/cli/options.h"

namespace elector::cmd {

// Returns the exit code: 0 if the condition of --for was met, 124 if not in time, 1 if the election
// cannot be watched or standard output is closed, 2 for wrong usage, 128 + N after signal N.
int watch(const WatchOptions& options);

}  // namespace elector::cmd
