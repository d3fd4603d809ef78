// SPDX-License-Identifier: Apache-2.0
// What standard output and error are connected to, and whether to use colours there.
#pragma once

#include <string>

namespace elector::cmd {

// --color: always, never, or on a terminal that supports it.
enum class ColorChoice { kAuto, kAlways, kNever };

bool is_terminal(int fd);

// Whether to colour output to `fd`: as --color says, otherwise on a terminal that supports it (TERM
// is not "dumb") unless NO_COLOR is set and not empty (no-color.org).
bool use_color(ColorChoice choice, int fd);

// Writes all of `text` to standard output. Returns false on failure (closed, disk full) and reports
// the cause on standard error, except EPIPE: a reader that has gone needs no message.
bool print(const std::string& text);
// Reports a failed write to standard output, by errno; for callers that do not use print().
void say_unprinted(int error);

}  // namespace elector::cmd
