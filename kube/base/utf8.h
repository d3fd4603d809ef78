// SPDX-License-Identifier: Apache-2.0
// UTF-8 (RFC 3629), a character at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace elector::kube {

// A character and its length in bytes; length 0 for bytes that are not UTF-8.
struct Character {
  std::uint32_t code = 0;
  std::size_t length = 0;
};

// Returns the first character of `text`, which must not be empty.
Character first_character(std::string_view text);

// Whether all of the text is UTF-8.
bool is_utf8(std::string_view text);

// C0, DEL and C1: characters that a terminal may take for a command.
bool is_control(std::uint32_t code);

}  // namespace elector::kube
