// See option_check.h.
#include "cmd/option_check.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace elector::cmd {
namespace {

bool is_lower_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_label(std::string_view text) {
  return !text.empty() && is_lower_alphanumeric(text.front()) &&
         is_lower_alphanumeric(text.back()) && std::all_of(text.begin(), text.end(), [](char c) {
           return is_lower_alphanumeric(c) || c == '-';
         });
}

bool is_subdomain(std::string_view text) {
  for (;;) {
    const std::size_t dot = text.find('.');
    if (!is_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

// The character at the front of `text` (RFC 3629) and its length in bytes; length 0 if what is
// there is no valid UTF-8.
struct Character {
  std::uint32_t code = 0;
  std::size_t length = 0;
};

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

}  // namespace

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

std::optional<bool> parse_bool(std::string_view text) {
  for (const std::string_view word : {"1", "t", "T", "TRUE", "true", "True"}) {
    if (text == word) return true;
  }
  for (const std::string_view word : {"0", "f", "F", "FALSE", "false", "False"}) {
    if (text == word) return false;
  }
  return std::nullopt;
}

std::optional<std::string> object_name_problem(std::string_view name) {
  if (name.empty()) return "must not be empty";
  if (name.size() > 253) return quoted(name) + " is too long: must be no more than 253 characters";
  if (is_subdomain(name)) return std::nullopt;
  return quoted(name) +
         " is no name for an object: a lowercase RFC 1123 subdomain must consist of lower case "
         "alphanumeric characters, '-' or '.', and must start and end with an alphanumeric "
         "character "
         "(e.g. 'example.com')";
}

std::optional<std::string> namespace_problem(std::string_view name) {
  if (name.empty()) return "must not be empty";
  if (name.size() > 63) return quoted(name) + " is too long: must be no more than 63 characters";
  if (is_label(name)) return std::nullopt;
  return quoted(name) +
         " is no name for a namespace: a lowercase RFC 1123 label must consist of lower case "
         "alphanumeric characters or '-', and must start and end with an alphanumeric character "
         "(e.g. 'my-name')";
}

std::optional<std::string> identity_problem(std::string_view identity) {
  constexpr std::size_t kLongest = 1024;
  if (identity.empty()) return "must not be empty";
  if (identity.size() > kLongest) {
    return quoted(identity) + " is too long: must be no more than 1024 bytes";
  }
  for (std::string_view rest = identity; !rest.empty();) {
    const Character character = first_character(rest);
    if (character.length == 0) return quoted(identity) + " is not valid UTF-8";
    if (is_control(character.code)) return quoted(identity) + " has a control character in it";
    rest.remove_prefix(character.length);
  }
  return std::nullopt;
}

}  // namespace elector::cmd
