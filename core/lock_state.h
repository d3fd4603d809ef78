// What a lock says about its election, judged by a clock, for observers that do not take part.
//
// A candidate waits out a record on its own clock, from when it saw the record change
// (lock_tracker.h). An observer that has just started has only the record's own times, which the
// leader wrote; so they are compared with the API server's clock, not with this machine's.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "core/record.h"
#include "core/time.h"

namespace elector::core {

enum class LockState {
  kAbsent,      // there is no such object
  kUnreadable,  // something stands where the record should be, and it is not one
  kReleased,    // no holder: released, or an object without a record
  kExpired,     // it names a holder, and the record has run out
  kHeld,
};

// "absent", "unreadable", "released", "expired", "held".
std::string_view to_string(LockState state);

struct Verdict {
  LockState state = LockState::kAbsent;
  // Time until the record runs out; negative if it has. Nothing without a holder, or if the
  // record's renewTime or duration is not known.
  std::optional<Duration> left{};

  bool operator==(const Verdict&) const = default;
};

// How long an observer takes a holder to be alive if its record gives no duration: twice
// client-go's lease duration, from when the record was seen to change.
inline constexpr std::chrono::seconds kAssumedDuration{30};

// The record's duration, or kAssumedDuration.
Duration observed_duration(const Record& record);

// Judges a lock at one look. `server_now` comes from a Date header, so it is truncated to the
// second: a record counts as held throughout the second in which it runs out. A renewTime in the
// future means that the leader's clock is ahead; the time left is never more than the record's
// whole duration. A record without a known renewTime or duration counts as held: one look cannot
// show that its holder is dead.
Verdict judge(const Observation& seen, WallTime server_now);

// Returns how much is left of a holder's record for an observer that saw `before`, null at the
// first look, and `elapsed` later sees `seen`. A renewal that was seen as it happened counts from
// now for its whole duration, whatever the leader's clock shows. Any other record is as old as
// judge() says: it may have been written long ago and arrive late (a restored object, a connection
// that was silent). Without `server_now`, and if the record does not show its end, returns the
// whole observed_duration().
Duration left_of(const Observation* before, const Observation& seen, Duration elapsed,
                 std::optional<WallTime> server_now);

// Judges an object that was read twice, one observed_duration() apart: a holder whose record
// changed in between is alive, whatever the clocks say. A record that did not change, and whose end
// is not known, has expired.
Verdict judge_again(const Observation& before, const Observation& seen, WallTime server_now);

}  // namespace elector::core
