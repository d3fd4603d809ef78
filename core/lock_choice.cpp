// SPDX-License-Identifier: Apache-2.0
#include "core/lock_choice.h"

#include <algorithm>

namespace elector::core {
namespace {

// The lowest rank counts.
int rank(const ShownLock& lock) {
  switch (lock.state) {
    case LockState::kHeld:
      return 0;
    case LockState::kExpired:
    case LockState::kUnreadable:
      return 1;
    case LockState::kReleased:
      return lock.content == Content::kRecord ? 2 : 3;
    case LockState::kAbsent:
      break;
  }
  return 4;
}

}  // namespace

std::size_t choose_lock(std::span<const ShownLock> locks) {
  const auto first =
      std::min_element(locks.begin(), locks.end(),
                       [](const ShownLock& a, const ShownLock& b) { return rank(a) < rank(b); });
  return static_cast<std::size_t>(first - locks.begin());
}

}  // namespace elector::core
