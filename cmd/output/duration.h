// SPDX-License-Identifier: Apache-2.0
// Durations as typed: Go's notation (time.ParseDuration), and a bare number for seconds.
#pragma once

#include <string>
#include <string_view>

#include "core/error.h"
#include "core/time.h"

namespace elector::cmd {

// Parses `1m30s`, `1.5h`, `300ms`, `-2s`; units h, m, s, ms, us (also µs) and ns; a number without
// a unit is seconds; at most a century (876000h), positive or negative. Truncates below a
// nanosecond, as Go does. Fails with kUsage and a message that begins with the text, which the
// caller prefixes with the flag's name.
Expected<core::Duration> parse_duration(std::string_view text);
// The same, but a positive duration may be as long as Go's longest (2562047h47m16.854775807s),
// which leaves no room for arithmetic.
Expected<core::Duration> parse_go_duration(std::string_view text);

// Returns the shortest such notation: `1h`, `1m30s`, `2.5s`, `300ms`, `0s`.
std::string format_duration(core::Duration duration);

// Returns a duration as kubectl writes ages: 45s, 5m12s, 3h, 12d. Negative counts as 0s.
std::string short_duration(core::Duration duration);

// Returns "2h behind" or "2h ahead of", for a sentence about a clock that is ahead by so much.
std::string off_by(core::Duration clock_error);

}  // namespace elector::cmd
