// SPDX-License-Identifier: Apache-2.0
// `elector exec`: runs a command while this process leads, and only then.
#pragma once

#include "cmd/cli/options.h"

namespace elector::cmd {

// Returns the exit code: the command's own; 128+N if a signal ended it; the conflict code (124) if
// another process held the lock throughout --wait; 125 if elector itself failed or for wrong usage
// (not 2, as env(1) and timeout(1) do); 126 if the command cannot be executed, 127 if it is not
// found.
int exec(const ExecOptions& options);

}  // namespace elector::cmd
