// SPDX-License-Identifier: Apache-2.0
// Times as the Kubernetes API writes them: RFC 3339, to the second (metav1.Time) or to the
// microsecond (metav1.MicroTime); and to the millisecond, for the log.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"

namespace elector::kube {

enum class TimePrecision { kSeconds, kMilliseconds, kMicroseconds };

// "2026-01-02T03:04:05Z" or "2026-01-02T03:04:05.000000Z": always in UTC, truncated to the
// precision (towards the past). `time` must be in the years 0 to 9999; others are written as the
// nearest of these.
std::string format_time(core::WallTime time, TimePrecision precision);

// Reads any RFC 3339 date-time: no fraction or 1 to 9 digits of one, "Z" or an offset. Digits
// beyond the microsecond are truncated (towards the past). Returns nothing for any other text or a
// day that does not exist.
std::optional<core::WallTime> parse_time(std::string_view text);

}  // namespace elector::kube
