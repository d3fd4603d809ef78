// Text that others wrote, a holder's name say: what it is made of, and how to show it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "kube/utf8.h"

namespace elector::cmd {

using kube::Character;
using kube::first_character;
using kube::is_control;

// The text made fit for a terminal and for one line: control characters and what is not valid UTF-8
// are shown as \xNN, and a long text is cut.
std::string printable(std::string_view text);

// The same, cut only behind so many bytes.
std::string escaped(std::string_view text, std::size_t longest = std::string_view::npos);

// printable() in double quotes.
std::string quoted(std::string_view text);

}  // namespace elector::cmd
