// `elector exec`: runs a command while this process leads, and at no other moment.
#pragma once

#include "cmd/options.h"

namespace elector::cmd {

// Returns the exit code: the command's own; 128+N if a signal ended it; the conflict code (124) if
// another held the lock throughout --wait; 125 if elector itself failed; 126 if the command cannot
// be executed, 127 if it is not found; 2 is not used here: wrong usage is 125, as env(1) and
// timeout(1) have it.
int exec(const ExecOptions& options);

}  // namespace elector::cmd
