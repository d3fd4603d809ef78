// SPDX-License-Identifier: Apache-2.0
// Completes the end of a command line, for the shells. Names from the kubeconfig and the API are
// added by complete.h.
#pragma once

#include <span>
#include <string>

#include "cmd/cli/completion.h"
#include "cmd/cli/options.h"

namespace elector::cmd {

// `words`: everything after the program's name up to the cursor; the last word, which may be empty,
// is completed.
Completion complete_line(std::span<const std::string> words, const Surroundings& surroundings);

}  // namespace elector::cmd
