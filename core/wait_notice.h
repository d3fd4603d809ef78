// When a candidate should say that it waits for somebody else's record to run out.
//
// A holder that renews is nothing to talk about, nor is the moment between two renewals. A holder
// that is dead may keep the lock for its record's whole duration, which can be hours, while nothing
// else shows that elector waits, for whom and until when.
#pragma once

#include <optional>

#include "core/record.h"
#include "core/time.h"

namespace elector::core {

class WaitNotice {
 public:
  // What is waited for: the record as it was last seen to change, and when it may be taken.
  struct Wait {
    Record record{};
    BootTime free_at{};
    bool seems_dead = false;  // over by its own times when it was first seen
  };

  explicit WaitNotice(Duration retry_period) : retry_period_(retry_period) {}

  // What is waited for now; nothing while the lock is vacant or this process's own. Returns true
  // once for each wait, when it begins: at once for a record that seems dead, else when the record
  // has not been renewed for half of its duration (at most kLongestSilence), and for longer than
  // between the renewals that were seen before.
  bool look(const std::optional<Wait>& wait, BootTime now);

  // When to look again although nothing changes.
  std::optional<BootTime> next_wake() const { return due_; }

  static constexpr Duration kLongestSilence = std::chrono::seconds(60);
  // A shorter rest of the wait is over before anybody has read of it.
  static constexpr Duration kShortestRest = std::chrono::seconds(2);

 private:
  const Duration retry_period_;
  std::optional<Wait> wait_{};
  BootTime changed_at_{};
  Duration longest_between_{};  // renewals of this holder
  bool told_ = false;
  std::optional<BootTime> due_{};
};

}  // namespace elector::core
