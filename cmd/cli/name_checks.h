// SPDX-License-Identifier: Apache-2.0
// Checks of single values: switches, names, identities. Each check returns what is wrong, as the
// end of a sentence that begins with the flag's name, or nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cmd/output/text.h"

namespace elector::cmd {

// Accepts what Go's strconv.ParseBool does: 1, t, T, TRUE, true, True; 0, f, F, FALSE, false,
// False.
std::optional<bool> parse_bool(std::string_view text);

// Checks the name of an object: an RFC 1123 subdomain, in the API's own words.
std::optional<std::string> object_name_problem(std::string_view name);

// Checks the name of a namespace: an RFC 1123 label, in the API's own words.
std::optional<std::string> namespace_problem(std::string_view name);

// Checks an identity. Every client of the lock must be able to read it back and print it: not
// empty, at most 1024 bytes, valid UTF-8 (RFC 3629), no control characters.
std::optional<std::string> identity_problem(std::string_view identity);

}  // namespace elector::cmd
