// SPDX-License-Identifier: Apache-2.0
// Whether the clock of a lock's holder is right, as observers and candidates can tell: a holder
// writes its times by its own clock, so one whose clock is off looks dead although it renews, or
// alive long after its end.
#pragma once

#include <chrono>
#include <optional>

#include "core/record.h"
#include "core/time.h"

namespace elector::core {

// Returns how far the holder's clock is ahead of the API server's (negative: behind), as one look
// shows it: by the server's time of the write that renewed the record, and by times in the future.
// Nothing if it is not known, or off by no more than kClockTolerance.
std::optional<Duration> clock_error(const Observation& seen, WallTime server_now);

// The same for a renewal that was seen at most `ago` after it happened. `server_now` is the API
// server's clock, if it is known.
std::optional<Duration> clock_error_of_renewal(const Observation& seen,
                                               std::optional<WallTime> server_now, Duration ago);

// Whether the server's time of the write shows that the record's renewTime is right, so that a
// record that has run out by it is over.
bool is_rightly_dated(const Observation& seen);

}  // namespace elector::core
