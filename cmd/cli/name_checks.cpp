#include "cmd/cli/name_checks.h"

#include <algorithm>

#include "cmd/output/text.h"

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

}  // namespace

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
         " is not a valid object name: a lowercase RFC 1123 subdomain must consist of lower case "
         "alphanumeric characters, '-' or '.', and must start and end with an alphanumeric "
         "character "
         "(e.g. 'example.com')";
}

std::optional<std::string> namespace_problem(std::string_view name) {
  if (name.empty()) return "must not be empty";
  if (name.size() > 63) return quoted(name) + " is too long: must be no more than 63 characters";
  if (is_label(name)) return std::nullopt;
  return quoted(name) +
         " is not a valid namespace: a lowercase RFC 1123 label must consist of lower case "
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
    if (is_control(character.code)) return quoted(identity) + " contains a control character";
    rest.remove_prefix(character.length);
  }
  return std::nullopt;
}

}  // namespace elector::cmd
