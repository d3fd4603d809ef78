// Text from outside, fit for a message: a line break in it would begin another line, and an escape
// sequence would tell a terminal what to do.
#pragma once

#include <string>

namespace elector::kube {

// The text with a space for each control character (C0, DEL, and C1 as UTF-8 has them).
std::string on_one_line(std::string text);

}  // namespace elector::kube
