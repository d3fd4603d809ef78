// SPDX-License-Identifier: Apache-2.0
#include "core/stampede.h"

#include <algorithm>

namespace elector::core {
namespace {

// With two candidates, a window of this many round trips makes the probability of the next conflict
// about 1 in 14; and it is soon halved.
constexpr int kRoundTrips = 32;

// A vacancy that was filled within this part of the window shows that many others wait: with two
// candidates that happens in one of four vacancies, with twenty in nine of ten.
constexpr int kCrowded = 4;

// In a crowd the window shrinks by this part of itself at each vacancy.
constexpr int kForgetting = 16;

// Below this part of the retry period a window no longer makes a difference.
constexpr int kClosed = 512;

}  // namespace

// The density grows as the square root of the time. Writes that are too late to count are those
// between the first one and the moment when every candidate knows of it; so it pays to have few
// around the first, and a sparse beginning does not delay the first for long: of 200 candidates,
// with a window of 2 s and 30 ms to spread the news, a uniform draw causes 1 + 3.0 writes, the
// first after 10 ms; this one 1 + 0.8, after 53 ms.
Duration Stampede::draw(Random& random) const {
  double part = 0;
  double weight = 0;
  do {  // rejects a moment unless the square root of its part of the window is above a uniform draw
    part = random.fraction();
    weight = random.fraction();
  } while (weight * weight > part);
  return Duration(static_cast<Duration::rep>(part * static_cast<double>(window_.count())));
}

void Stampede::conflict(Duration round_trip) {
  window_ = std::clamp(std::max(window_, round_trip * kRoundTrips), retry_period_ / kClosed,
                       retry_period_);
}

void Stampede::filled(Duration lag) {
  // The window is not kept for ever: a newcomer without a window fills early too, which tells
  // nothing.
  window_ -= lag < window_ / kCrowded ? window_ / kForgetting : window_ / 2;
  if (window_ < retry_period_ / kClosed) window_ = Duration::zero();
}

}  // namespace elector::core
