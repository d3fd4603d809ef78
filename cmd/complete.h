// `elector __complete WORD...`: what the shells' completions call. It looks up the names that
// completion.h asks for, and prints the answer.
#pragma once

#include "cmd/completion.h"

namespace elector::cmd {

// Takes at most two seconds, and says nothing about what fails: somebody is typing. Returns the
// exit code, 0.
int complete(Completion completion);

}  // namespace elector::cmd
