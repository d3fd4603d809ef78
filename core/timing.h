// SPDX-License-Identifier: Apache-2.0
// The three durations of an election and the rules between them.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "core/time.h"

namespace elector::core {

// How long a lease lives, how long its holder trusts it, and how often it is renewed. Names and
// rules are client-go's LeaderElectionConfig; the defaults are elector's.
struct Timing {
  std::chrono::seconds lease_duration{10};  // L: how long others wait without a sign of life; --ttl
  Duration renew_deadline{};  // D: how long a leader holds, from the sending of a proven write
  Duration retry_period{};    // R: from the sending of one renewal to that of the next

  // D = min(2/3 L, L - 1s), R = L/5. For L >= 2s these satisfy check().
  static Timing from_lease_duration(std::chrono::seconds lease_duration);

  // Returns a sentence that names the broken rule, or nothing: L >= 2s, D <= L - 1s (client-go
  // compares records at the precision of a second), D > 1.2 R (client-go's JitterFactor), R > 0.
  std::optional<std::string> check() const;

  // Returns the timing of a term that was taken over from a record with a shorter duration: peers
  // that wait their own ttl (the 2016 image, old client-go) then still wait longer than this term's
  // hold.
  Timing shortened_to(std::chrono::seconds lease_duration) const;

  // K = (D + L) / 2: by then the work of a lost term must be gone.
  Duration kill_deadline() const { return (renew_deadline + Duration(lease_duration)) / 2; }

  bool operator==(const Timing&) const = default;
};

}  // namespace elector::core
