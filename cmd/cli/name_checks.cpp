// SPDX-License-Identifier: Apache-2.0
#include "cmd/cli/name_checks.h"

#include "cmd/output/text.h"
#include "kube/base/text.h"

namespace elector::cmd {
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
  if (kube::is_dns_subdomain(name)) return std::nullopt;
  return quoted(name) +
         " is not a valid object name: a lowercase RFC 1123 subdomain must consist of lower case "
         "alphanumeric characters, '-' or '.', and must start and end with an alphanumeric "
         "character "
         "(e.g. 'example.com')";
}

std::optional<std::string> namespace_problem(std::string_view name) {
  if (name.empty()) return "must not be empty";
  if (name.size() > 63) return quoted(name) + " is too long: must be no more than 63 characters";
  if (kube::is_dns_label(name)) return std::nullopt;
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
