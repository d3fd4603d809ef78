// Keeps a thousand followers from writing at one vacancy, without making three of them wait.
//
// Before a follower takes a vacant lock it waits a random delay within a window. The window is 0
// until conflicts are seen and is halved by each clean vacancy, so a few candidates do not pay for
// what a crowd needs. The delay is not uniform: its density rises exponentially over the window
// (Sift, Jamieson et al. 2003), which leaves about the same small number of early triers however
// many stand. Where in the window a vacancy was filled tells how many they were.
#pragma once

#include "core/random.h"
#include "core/time.h"

namespace elector::core {

class Stampede {
 public:
  explicit Stampede(Duration retry_period) : retry_period_(retry_period) {}

  // The delay for a vacancy that begins now; at most an eighth of the retry period.
  Duration draw(Random& random) const;

  // This candidate's write came too late: somebody else was first.
  void conflict();

  // The vacancy ended without a conflict of ours, `lag` after it began.
  void filled(Duration lag);

  Duration window() const { return window_; }

 private:
  Duration retry_period_;
  Duration window_{0};
};

}  // namespace elector::core
