// SPDX-License-Identifier: Apache-2.0
#include "core/timing.h"

#include <algorithm>

namespace elector::core {

using std::chrono::seconds;

Timing Timing::from_lease_duration(seconds lease_duration) {
  const Duration lease = lease_duration;
  return {.lease_duration = lease_duration,
          .renew_deadline = std::min(lease * 2 / 3, lease - Duration(seconds(1))),
          .retry_period = lease / 5};
}

std::optional<std::string> Timing::check() const {
  if (lease_duration < seconds(2)) return "the lease duration must be at least 2s";
  if (lease_duration > seconds(2147483647)) {
    return "the lease duration must fit in the 32 bits that the API keeps it in";
  }
  if (renew_deadline > Duration(lease_duration) - Duration(seconds(1))) {
    return "the renew deadline must be at least 1s below the lease duration";
  }
  if (retry_period <= Duration::zero()) return "the retry period must be above 0";
  // D <= 1.2 R, in a form that cannot overflow: neither 5 D nor, with a negative D, D - R is safe.
  if (renew_deadline <= retry_period || renew_deadline - retry_period <= retry_period / 5) {
    return "the renew deadline must be above 1.2 times the retry period";
  }
  return std::nullopt;
}

Timing Timing::shortened_to(seconds shorter) const {
  if (shorter >= lease_duration || shorter < seconds(2)) return *this;
  const Timing limit = from_lease_duration(shorter);
  return {.lease_duration = shorter,
          .renew_deadline = std::min(renew_deadline, limit.renew_deadline),
          .retry_period = std::min(retry_period, limit.retry_period)};
}

}  // namespace elector::core
