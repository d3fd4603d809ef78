// SPDX-License-Identifier: Apache-2.0
// Keeps a thousand followers from writing at one vacancy, without making three of them wait.
//
// Before a follower takes a vacant lock it waits a random delay within a window. The window is 0
// until a conflict is seen; a conflict sets it by the round trip that the refused write took,
// because how many writes collide depends on the round trip, and because a stampede makes round
// trips long: a few candidates on a quick server get some milliseconds, two hundred get the whole
// retry period. Where in the window a vacancy was filled tells whether many wait: if not, the
// window is halved, else it shrinks slowly.
#pragma once

#include "core/random.h"
#include "core/time.h"

namespace elector::core {

class Stampede {
 public:
  // The window is never above the retry period.
  explicit Stampede(Duration retry_period) : retry_period_(retry_period) {}

  // The delay for a vacancy that begins now, within the window; early ones are rare.
  Duration draw(Random& random) const;

  // Somebody else was first; our write was refused `round_trip` after it was sent.
  void conflict(Duration round_trip);

  // The vacancy ended without a conflict of ours, `lag` after it began.
  void filled(Duration lag);

  Duration window() const { return window_; }

 private:
  Duration retry_period_;
  Duration window_{0};
};

}  // namespace elector::core
