// SPDX-License-Identifier: Apache-2.0
// Which of several lock objects under one name counts: the one rule of `status`, `watch`, `run` and
// `exec`, so that none of them reports no leader while another follows one.
#pragma once

#include <cstddef>
#include <span>

#include "core/lock_state.h"
#include "core/record.h"

namespace elector::core {

// What one lock object shows. An object that may not be read counts as absent.
struct ShownLock {
  Content content = Content::kAbsent;
  LockState state = LockState::kAbsent;
};

// Returns the index of the lock that counts; 0 if there is none. A live record precedes everything,
// on whatever kind it is: while it lasts there is a leader. Then come a record that has run out and
// one that is unreadable, since their holders may be alive; a released record; an object without a
// record; and an absent object. Among equals the first counts.
std::size_t choose_lock(std::span<const ShownLock> locks);

}  // namespace elector::core
