// SPDX-License-Identifier: Apache-2.0
// Limits a message to one an hour for as long as its cause lasts, and one for each new cause.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "core/time.h"

namespace elector::core {

class Hourly {
 public:
  static constexpr Duration kPause = std::chrono::hours(1);

  // Returns whether to report this cause now. It may come and go: it is the same one until another
  // is reported.
  bool due(const std::string& cause, BootTime now) {
    if (said_at_ && cause == cause_ && now < *said_at_ + kPause) return false;
    cause_ = cause;
    said_at_ = now;
    return true;
  }

 private:
  std::string cause_{};
  std::optional<BootTime> said_at_{};
};

}  // namespace elector::core
