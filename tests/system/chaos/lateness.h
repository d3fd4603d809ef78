// SPDX-License-Identifier: Apache-2.0
// How late the machine runs what has come due: a thread that asks to be woken every few
// milliseconds and notes when it was not.
#pragma once

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/system/chaos/checker.h"

namespace elector::tests::chaos {

class Lateness {
 public:
  Lateness();
  ~Lateness();
  Lateness(const Lateness&) = delete;
  Lateness& operator=(const Lateness&) = delete;

  // The times at which it was late by more than any machine is.
  std::vector<Stall> stalls() const;
  Span worst() const;

 private:
  void run();

  std::atomic<bool> end_{false};
  mutable std::mutex mutex_;
  std::vector<Stall> stalls_;
  Span worst_{0};
  std::thread thread_;
};

}  // namespace elector::tests::chaos
