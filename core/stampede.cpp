#include "core/stampede.h"

#include <algorithm>

namespace elector::core {
namespace {

// With two candidates, a window of so many round trips makes the next conflict as likely as 1 in
// 16; and it is soon halved.
constexpr int kRoundTrips = 32;

// A vacancy that was filled within this part of the window shows that many wait besides us: the
// first of n delays is expected at 1/(n+1) of it.
constexpr int kCrowded = 8;

// In a crowd the window shrinks by this part of itself at each vacancy.
constexpr int kForgetting = 16;

// Below this part of the retry period a window makes no difference any more.
constexpr int kClosed = 512;

}  // namespace

Duration Stampede::draw(Random& random) const {
  return Duration(
      static_cast<Duration::rep>(random.fraction() * static_cast<double>(window_.count())));
}

void Stampede::conflict(Duration round_trip) {
  window_ = std::clamp(std::max(window_, round_trip * kRoundTrips), retry_period_ / kClosed,
                       retry_period_);
}

void Stampede::filled(Duration lag) {
  // Not kept for ever: a newcomer without a window fills early too, and tells nothing.
  window_ -= lag < window_ / kCrowded ? window_ / kForgetting : window_ / 2;
  if (window_ < retry_period_ / kClosed) window_ = Duration::zero();
}

}  // namespace elector::core
