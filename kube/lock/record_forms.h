// SPDX-License-Identifier: Apache-2.0
// The forms in which clients write the fields of a leader election record.
//
// client-go and elector write whole seconds as a number and times in RFC 3339. Other clients
// differ: the Python client writes the duration as a string and times as Python prints them,
// fabric8 (Flink) writes `leaseDuration` as a decimal number of seconds or in ISO 8601, the Java
// client of Druid writes times without hyphens and colons. Each function takes the JSON text of one
// value and returns nothing for an unknown form.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"

namespace elector::kube {

// Longer lease durations in a record count as this one, so that no arithmetic on them overflows.
inline constexpr std::chrono::seconds kLongestLease = std::chrono::hours(24 * 365 * 100);

// Reads a string, or a number as it is written.
std::optional<std::string> read_identity(std::string_view value);

// The unit of a number without one. kAny: seconds or, from 10^9 on, nanoseconds, as Go writes a
// time.Duration.
enum class NumberUnit { kSeconds, kAny };

// Reads a number with or without a fraction, alone or in a string; Go's form ("1m30s"), ISO 8601
// ("PT15S"), or hours, minutes and seconds ("00:00:15"). Rounded up to the second; 0, which means
// unknown, for a negative one; at most kLongestLease.
std::optional<std::chrono::seconds> read_lease_duration(std::string_view value, NumberUnit unit);

// Reads a date and a time of day with or without a fraction of any length: RFC 3339, with a space
// or underscore for the T, without hyphens or without colons, with or without an offset, as Go,
// Python and Java print it; a time without an offset counts as UTC. Or the time since 1970 in
// seconds, milliseconds, microseconds or nanoseconds, whichever gives a date after 1973. Truncated
// to the microsecond.
std::optional<core::WallTime> read_record_time(std::string_view value);

// Reads a whole number, also in a string or with a fraction of zeros; clamped to the range from 0
// to core::kMostTransitions.
std::optional<std::int64_t> read_transitions(std::string_view value);

}  // namespace elector::kube
