// What a lock says of its election, judged by a clock: for whoever looks at it without taking part.
//
// A candidate waits out a record on its own clock, from when it saw it change (lock_tracker.h). An
// observer that has just come has only the record's own times to go by, which the leader wrote; so
// they are compared with the API server's clock, not with this machine's.
#pragma once

#include <optional>
#include <string_view>

#include "core/record.h"
#include "core/time.h"

namespace elector::core {

enum class LockState {
  kAbsent,      // there is no such object
  kUnreadable,  // something stands where the record should be, and it is not one
  kReleased,    // nobody holds it: given back, or an object without a record
  kExpired,     // it names a holder, and the record has run out
  kHeld,
};

// "absent", "unreadable", "released", "expired", "held".
std::string_view to_string(LockState state);

struct Verdict {
  LockState state = LockState::kAbsent;
  // Until the record runs out; negative: since it has. Nothing without a holder, and for a record
  // that says no renewTime or no duration.
  std::optional<Duration> left{};

  bool operator==(const Verdict&) const = default;
};

// `server_now` comes from a Date header, so it is cut off to the second: a record counts as held
// throughout the second in which it runs out. A renewTime in the future is the leader's clock being
// ahead; more than the record's whole duration is never left. A record without a renewTime or a
// duration has nothing that says it lives, and has expired.
Verdict judge(const Observation& seen, WallTime server_now);

// The same for an object that was read twice, one duration of the record apart: a holder's record
// that changed in between is alive, whatever the clocks say.
Verdict judge_again(const Observation& before, const Observation& seen, WallTime server_now);

}  // namespace elector::core
