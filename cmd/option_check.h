// Checks of single values: what is a switch's word, a name, an identity. Each returns what is wrong
// as the end of a sentence that begins with the flag's name, or nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cmd/text.h"

namespace elector::cmd {

// The words of Go's strconv.ParseBool: 1, t, T, TRUE, true, True and 0, f, F, FALSE, false, False.
std::optional<bool> parse_bool(std::string_view text);

// An object's name: an RFC 1123 subdomain, in the API's own words.
std::optional<std::string> object_name_problem(std::string_view name);

// A namespace's name: an RFC 1123 label, likewise.
std::optional<std::string> namespace_problem(std::string_view name);

// An identity must be one that every client of the lock can read back and print: not empty, at most
// 1024 bytes, valid UTF-8 (RFC 3629), no control characters.
std::optional<std::string> identity_problem(std::string_view identity);

}  // namespace elector::cmd
