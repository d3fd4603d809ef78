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

// The character at the front of `text`, which is not empty.
Character first_character(std::string_view text);

// C0, DEL and C1: what a terminal may take for an order.
bool is_control(std::uint32_t code);

}  // namespace elector::kube
