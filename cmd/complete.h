// SPDX-License-Identifier: Apache-2.0
// `elector __complete WORD...`, called by the shells' completions: looks up the names that
// completion.h asks for, and prints the answer.
#pragma once

#include "cmd/cli/completion.h"

namespace elector::cmd {

// Prints the completions. Takes at most two seconds and prints no error, which would appear in the
// line that the user types. Returns the exit code, 0.
int complete(Completion completion);

}  // namespace elector::cmd
