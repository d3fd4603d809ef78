// SPDX-License-Identifier: Apache-2.0
// Text from outside, such as a holder's name: its characters, and how to show it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "kube/base/utf8.h"

namespace elector::cmd {

using kube::Character;
using kube::first_character;
using kube::is_control;

// Makes the text fit for a terminal and for one line: control characters and invalid UTF-8 are
// shown as \xNN, and a long text is cut.
std::string printable(std::string_view text);

// The same, but cut only after `longest` bytes.
std::string escaped(std::string_view text, std::size_t longest = std::string_view::npos);

// Returns printable() in double quotes.
std::string quoted(std::string_view text);

}  // namespace elector::cmd
