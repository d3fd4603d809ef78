// SPDX-License-Identifier: Apache-2.0
// The simulated world's time and its queue of actions, which are run one by one in the order of
// their times or, for equal times, of their entry.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "core/time.h"

namespace elector::tests {

// Real time: nanoseconds since the world began. No process in the world can read it.
using Real = core::Duration;

class Schedule {
 public:
  using Action = std::function<void()>;

  Real now() const { return now_; }

  // Runs `action` at `when`, or as the next action if that is past.
  void at(Real when, Action action) {
    heap_.push_back({std::max(when, now_), ++entered_, std::move(action)});
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  void after(core::Duration delay, Action action) { at(now_ + delay, std::move(action)); }

  // Runs the next action that is due at `end` or before. Returns false if there is no such action.
  bool run_next(Real end) {
    if (heap_.empty() || heap_.front().when > end) return false;
    std::pop_heap(heap_.begin(), heap_.end(), later);
    const Item item = std::move(heap_.back());
    heap_.pop_back();
    now_ = item.when;
    item.action();
    return true;
  }

 private:
  struct Item {
    Real when{};
    std::uint64_t entry = 0;
    Action action;
  };
  static bool later(const Item& a, const Item& b) {
    return a.when != b.when ? a.when > b.when : a.entry > b.entry;
  }

  Real now_{};
  std::uint64_t entered_ = 0;
  std::vector<Item> heap_{};
};

}  // namespace elector::tests
