// SPDX-License-Identifier: Apache-2.0
// When a candidate should log that it waits for another holder's record to run out.
//
// A holder that renews is not worth a message, nor is the time between two renewals. A dead holder
// may keep the lock for its record's whole duration, which can be hours, and nothing else shows
// that elector waits, for which holder and until when.
#pragma once

#include <optional>

#include "core/record.h"
#include "core/time.h"

namespace elector::core {

class WaitNotice {
 public:
  // The wait: the record as it was last seen to change, and when it may be taken.
  struct Wait {
    Record record{};
    BootTime free_at{};
    bool seems_dead = false;  // over by its own times when it was first seen
  };

  explicit WaitNotice(Duration retry_period) : retry_period_(retry_period) {}

  // Takes the present wait; nothing while the lock is vacant or held by this process. Returns true
  // once for each wait: at once for a record that seems dead, otherwise when the record has not
  // been renewed for half of its duration (at most kLongestSilence) and for longer than between the
  // renewals seen before.
  bool look(const std::optional<Wait>& wait, BootTime now);

  // Returns when to call look() again even if nothing changes.
  std::optional<BootTime> next_wake() const { return due_; }

  static constexpr Duration kLongestSilence = std::chrono::seconds(60);
  // A wait with less than this left would be over before its message could be read.
  static constexpr Duration kShortestRest = std::chrono::seconds(2);

 private:
  const Duration retry_period_;
  std::optional<Wait> wait_{};
  BootTime changed_at_{};
  Duration longest_between_{};  // between renewals of this holder
  bool told_ = false;
  std::optional<BootTime> due_{};
};

}  // namespace elector::core
