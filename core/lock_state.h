// SPDX-License-Identifier: Apache-2.0
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

// Returns the API server's time of the write that renewed the record, so far as the object shows
// it: nothing while it has a request to resign, since `elector resign` and the holder write under
// one name.
std::optional<WallTime> renewal_written_at(const Observation& seen);

// A smaller difference between two clocks is not reported: requests, events and rounding to whole
// seconds look the same.
inline constexpr std::chrono::seconds kClockTolerance{5};

// Whether the record's renewTime is in the future: the holder's clock is ahead.
bool is_dated_ahead(const Observation& seen, WallTime server_now);

// Judges a lock at one look, by the later of the record's renewTime and the server's time of that
// write: a holder whose clock is behind holds the lock all the same. `server_now` comes from a Date
// header, so it is truncated to the second: a record counts as held throughout the second in which
// it runs out. A renewTime in the future means that the leader's clock is ahead; the time left is
// never more than the record's whole duration. A record without a known renewTime or duration
// counts as held: one look cannot show that its holder is dead.
Verdict judge(const Observation& seen, WallTime server_now);

// Whether `seen` is a renewal that was seen as it happened, `elapsed` after `before`: the holder's
// clock advanced about as much as the observer's did. Across events that were held up and arrive
// all at once, it advanced much more.
bool is_seen_renewal(const Observation& before, const Observation& seen, Duration elapsed);

// Returns how much is left of a holder's record for an observer that saw `before`, null at the
// first look, and `elapsed` later sees `seen`. A renewal that was seen as it happened counts from
// now for its whole duration, whatever the leader's clock shows. Any other record is as old as
// judge() says: it may have been written long ago and arrive late (a restored object, a connection
// that was silent). Without `server_now`, and if the record does not show its end, returns the
// whole observed_duration().
Duration left_of(const Observation* before, const Observation& seen, Duration elapsed,
                 std::optional<WallTime> server_now);

// Judges an object that was read twice, one observed_duration() apart: a holder whose record
// changed in between is alive, whatever the clocks say. A record that did not change has expired if
// its end is not known, or if its renewTime is in the future: its holder's clock is ahead.
Verdict judge_again(const Observation& before, const Observation& seen, WallTime server_now);

}  // namespace elector::core
