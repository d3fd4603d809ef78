// `elector status`: who leads one election, or every election, at this moment.
#pragma once

#include "cmd/options.h"

namespace elector::cmd {

// Returns the exit code. For one election: 0 held (with --is-leader: by that id), 3 not held, 1 it
// could not tell. For all: 0, or 1 if no kind of lock could be read. 2 for wrong usage.
int status(const StatusOptions& options);

}  // namespace elector::cmd
