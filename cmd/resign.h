// SPDX-License-Identifier: Apache-2.0
// `elector resign`: asks the leader to step down, through an annotation on the lock object.
#pragma once

#include "cmd/cli/options.h"

namespace elector::cmd {

// Returns the exit code: 0 if the leader has acknowledged the request or, with --wait, another
// leads (also if the leader changed by itself meanwhile), or if --id does not lead; 3 if there was
// no leader; 1 if the request was not followed, or the API server is away or refuses; 124 if the
// wait ended first; 128+N if a signal ended it.
int resign(const ResignOptions& options);

}  // namespace elector::cmd
