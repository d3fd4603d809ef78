// SPDX-License-Identifier: Apache-2.0
// `elector status`: shows who leads one election, or every election, now.
#pragma once

#include "cmd/cli/options.h"

namespace elector::cmd {

// Returns the exit code. For one election: 0 if held (with --is-leader: by that id), 3 if not, 1 if
// that is unknown. For all: 0, or 1 if no lock kind could be read. 2 for wrong usage.
int status(const StatusOptions& options);

}  // namespace elector::cmd
