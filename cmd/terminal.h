// What standard output and error are connected to, and what follows for colours.
#pragma once

#include "cmd/options.h"

namespace elector::cmd {

bool is_terminal(int fd);

// Whether to colour what goes to `fd`: as --color says, else on a terminal that can (TERM is not
// "dumb") unless NO_COLOR is set to anything (no-color.org).
bool use_color(ColorChoice choice, int fd);

// Writes all of `text` to standard output. False if that cannot be: it is closed, or a disk is
// full; standard error says why, but not that a reader has gone (EPIPE), who knows.
bool print(const std::string& text);
// For who writes there by other means: that it cannot be, by errno.
void say_unprinted(int error);

}  // namespace elector::cmd
