// SPDX-License-Identifier: Apache-2.0
#include "core/identity_pattern.h"

#include <cstddef>

namespace elector::core {
namespace {

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// 8-4-4-4-12 hexadecimal digits (RFC 9562).
bool is_uuid(std::string_view text) {
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  if (text.size() != kForm.size()) return false;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    if (kForm[i] == '-' ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

}  // namespace

bool is_identity_pattern(std::string_view name) {
  return name.size() > 2 && name.ends_with("_*");
}

bool matches_identity(std::string_view name, std::string_view identity) {
  if (!is_identity_pattern(name)) return name == identity;
  name.remove_suffix(1);
  return identity.starts_with(name) && is_uuid(identity.substr(name.size()));
}

}  // namespace elector::core
