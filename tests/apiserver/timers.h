// SPDX-License-Identifier: Apache-2.0
// What is to be done later, for a loop that sleeps until the next of it.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <utility>

namespace elector::tests::apiserver {

class Timers {
 public:
  using Clock = std::chrono::steady_clock;
  using Handle = std::multimap<Clock::time_point, std::function<void()>>::iterator;

  Handle add(Clock::time_point when, std::function<void()> what) {
    return due_.emplace(when, std::move(what));
  }
  // The handle must not have been run or cancelled before.
  void cancel(Handle handle) { due_.erase(handle); }
  Clock::time_point next() const {
    return due_.empty() ? Clock::time_point::max() : due_.begin()->first;
  }
  void run(Clock::time_point now) {
    while (!due_.empty() && due_.begin()->first <= now) {
      const std::function<void()> what = std::move(due_.begin()->second);
      due_.erase(due_.begin());
      what();
    }
  }

 private:
  std::multimap<Clock::time_point, std::function<void()>> due_;
};

}  // namespace elector::tests::apiserver
