#include "core/stampede.h"

#include <algorithm>
#include <cmath>

namespace elector::core {
namespace {

constexpr double kCrowd = 1000;  // the number of candidates that the delay's shape is made for

// The share of candidates whose delay is below `lag`: the inverse of draw()'s formula.
double share_before(Duration lag, Duration window) {
  const double x = static_cast<double>(lag.count()) / static_cast<double>(window.count());
  return (std::pow(kCrowd, std::clamp(x, 0.0, 1.0)) - 1) / (kCrowd - 1);
}

}  // namespace

Duration Stampede::draw(Random& random) const {
  const double x = std::log(1 + random.fraction() * (kCrowd - 1)) / std::log(kCrowd);
  return Duration(static_cast<Duration::rep>(x * static_cast<double>(window_.count())));
}

void Stampede::conflict() {
  window_ = std::clamp(window_ * 4, retry_period_ / 64, retry_period_ / 8);
}

void Stampede::filled(Duration lag) {
  if (window_ == Duration::zero()) return;
  const double share = share_before(lag, window_);
  if (share < 1.0 / 50) {
    window_ = std::min(window_ * 4, retry_period_ / 8);  // some fifty or more wait besides us
  } else if (share > 1.0 / 8) {
    window_ /= 2;
    if (window_ < retry_period_ / 512) window_ = Duration::zero();
  }
}

}  // namespace elector::core
