// `elector resign`: asks the leader to step down, through an annotation on the lock object.
#pragma once

#include "cmd/options.h"

namespace elector::cmd {

// Returns the exit code: 0 when the leader has heard it, or, with --wait, when another leads (also
// when the leader changed by itself meanwhile); 3 when nobody held the lock; 1 when it was not
// heeded, or the API server is away or refuses; 124 when the wait was over first;
// 128+N when a signal ended it.
int resign(const ResignOptions& options);

}  // namespace elector::cmd
