// Makes text from outside safe for a message: a line break in it would begin another line, and an
// escape sequence would control the terminal.
#pragma once

#include <string>

namespace elector::kube {

// Returns the text with each control character (C0, DEL, and C1 in UTF-8) replaced by a space.
std::string on_one_line(std::string text);

}  // namespace elector::kube
