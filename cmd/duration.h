// Durations as people type them: Go's notation (time.ParseDuration), and a bare number for seconds.
#pragma once

#include <string>
#include <string_view>

#include "core/time.h"
#include "kube/error.h"

namespace elector::cmd {

// `1m30s`, `1.5h`, `300ms`, `-2s`; units h, m, s, ms, us (also µs) and ns; a number without a unit
// is seconds; a century (876000h) at most, either way. What is finer than a nanosecond is cut off,
// as Go does. Fails with kUsage and a message that begins with the text in question, for the caller
// to put the flag's name in front of.
kube::Expected<core::Duration> parse_duration(std::string_view text);
// The same, but a positive duration may be as long as Go's longest (2562047h47m16.854775807s),
// which leaves no room for arithmetic.
kube::Expected<core::Duration> parse_go_duration(std::string_view text);

// The shortest such notation of a duration: `1h`, `1m30s`, `2.5s`, `300ms`, `0s`.
std::string format_duration(core::Duration duration);

}  // namespace elector::cmd
