#include "cmd/text.h"

#include <array>

namespace elector::cmd {

Character first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xc2 || lead > 0xf4) return {};
  const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (text.size() < length) return {};
  std::uint32_t code = lead & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xc0U) != 0x80U) return {};
    code = (code << 6U) | (byte & 0x3fU);
  }
  constexpr std::array<std::uint32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < kSmallest[length] || code > 0x10ffff || surrogate) return {};
  return {code, length};
}

bool is_control(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

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
