// SPDX-License-Identifier: Apache-2.0
#include "core/holder_clock.h"

#include <algorithm>

#include "core/lock_state.h"

namespace elector::core {
namespace {

// Times in a record may be thousands of years away, which a Duration cannot hold.
Duration difference(WallTime a, WallTime b) {
  constexpr std::chrono::microseconds kFar = std::chrono::hours(24 * 365 * 100);
  return std::clamp(a - b, -kFar, kFar);
}

bool is_dated(const Observation& seen) {
  return names_holder(seen) && seen.record.renew_time;
}

}  // namespace

std::optional<Duration> clock_error(const Observation& seen, WallTime server_now) {
  if (!is_dated(seen)) return std::nullopt;
  const WallTime renewed = *seen.record.renew_time;
  if (is_dated_ahead(seen, server_now)) return difference(renewed, server_now);
  const auto written = renewal_written_at(seen);
  // Of a record that has run out, the last write may have been one of other fields.
  if (!written || judge(seen, server_now).state != LockState::kHeld) return std::nullopt;
  const Duration error = difference(renewed, *written);
  return error < -kClockTolerance ? std::optional(error) : std::nullopt;
}

std::optional<Duration> clock_error_of_renewal(const Observation& seen,
                                               std::optional<WallTime> server_now, Duration ago) {
  if (!is_dated(seen)) return std::nullopt;
  const WallTime renewed = *seen.record.renew_time;
  if (const auto written = renewal_written_at(seen)) {
    const Duration error = difference(renewed, *written);
    if (error < -kClockTolerance) return error;
    if (error <= kClockTolerance) return std::nullopt;
    // Before 1.22, the API server kept the time of the first of several like writes.
  }
  if (!server_now) return std::nullopt;
  const Duration error = difference(renewed, *server_now);
  const bool right = error <= kClockTolerance && error + ago >= -kClockTolerance;
  return right ? std::nullopt : std::optional(error);
}

bool is_rightly_dated(const Observation& seen) {
  const auto written = renewal_written_at(seen);
  if (!is_dated(seen) || !written) return false;
  const Duration error = difference(*seen.record.renew_time, *written);
  return error <= kClockTolerance && error >= -kClockTolerance;
}

}  // namespace elector::core
