// SPDX-License-Identifier: Apache-2.0
#include "cmd/output/text.h"

namespace elector::cmd {

std::string printable(std::string_view text) {
  constexpr std::size_t kLongest = 100;
  return escaped(text, kLongest);
}

std::string escaped(std::string_view text, std::size_t longest) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string result;
  while (!text.empty()) {
    if (result.size() > longest) {
      result += "…";
      break;
    }
    const Character character = first_character(text);
    if (character.length == 0 || is_control(character.code)) {
      const auto byte = static_cast<unsigned char>(text[0]);
      result += {'\\', 'x', kHex[byte >> 4U], kHex[byte & 15U]};
      text.remove_prefix(1);
    } else {
      result += text.substr(0, character.length);
      text.remove_prefix(character.length);
    }
  }
  return result;
}

std::string quoted(std::string_view text) {
  return '"' + printable(text) + '"';
}

}  // namespace elector::cmd
