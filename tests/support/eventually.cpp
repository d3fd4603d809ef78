// SPDX-License-Identifier: Apache-2.0
#include "tests/support/eventually.h"

#include <exception>
#include <mutex>
#include <thread>

namespace elector::tests {
namespace {

constexpr Milliseconds kPause{10};

}  // namespace

bool eventually(const std::function<bool()>& condition, Milliseconds limit) {
  const SteadyTime end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(kPause);
  }
  return true;
}

bool throughout(Milliseconds span, const std::function<bool()>& condition) {
  const SteadyTime end = std::chrono::steady_clock::now() + span;
  do {
    if (!condition()) return false;
    std::this_thread::sleep_for(kPause);
  } while (std::chrono::steady_clock::now() < end);
  return condition();
}

void together(const std::vector<std::function<void()>>& scenarios) {
  std::mutex mutex;
  std::exception_ptr first;
  std::vector<std::thread> threads;
  threads.reserve(scenarios.size());
  for (const auto& scenario : scenarios) {
    threads.emplace_back([&] {
      try {
        scenario();
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!first) first = std::current_exception();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  if (first) std::rethrow_exception(first);
}

}  // namespace elector::tests
