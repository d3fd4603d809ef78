// Text that others wrote, a holder's name say: what it is made of, and how to show it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace elector::cmd {

// A character of UTF-8 (RFC 3629) and its length in bytes; length 0 for what is none.
struct Character {
  std::uint32_t code = 0;
  std::size_t length = 0;
};

// The one at the front of `text`, which is not empty.
Character first_character(std::string_view text);

// C0, DEL and C1: what a terminal may take for an order.
bool is_control(std::uint32_t code);

// The text made fit for a terminal and for one line: control characters and what is not valid UTF-8
// are shown as \xNN, and a long text is cut.
std::string printable(std::string_view text);

// The same, cut only behind so many bytes.
std::string escaped(std::string_view text, std::size_t longest = std::string_view::npos);

// printable() in double quotes.
std::string quoted(std::string_view text);

}  // namespace elector::cmd
