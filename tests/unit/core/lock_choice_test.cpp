// SPDX-License-Identifier: Apache-2.0
// core/lock_choice: which of several lock objects under one name counts.
#include "core/lock_choice.h"

#include <doctest/doctest.h>

#include <vector>

namespace elector::tests {
namespace {

using core::choose_lock;
using core::Content;
using core::LockState;
using core::ShownLock;

const ShownLock kHeld{Content::kRecord, LockState::kHeld};
const ShownLock kExpired{Content::kRecord, LockState::kExpired};
const ShownLock kUnreadable{Content::kUnreadable, LockState::kUnreadable};
const ShownLock kReleased{Content::kRecord, LockState::kReleased};
const ShownLock kEmpty{Content::kEmpty, LockState::kReleased};
const ShownLock kAbsent{};

}  // namespace

TEST_CASE("a live record counts, whatever the locks before and after it show") {
  for (const ShownLock& other : {kExpired, kUnreadable, kReleased, kEmpty, kAbsent}) {
    CHECK(choose_lock(std::vector{other, kHeld, other}) == 1);
    CHECK(choose_lock(std::vector{other, other, kHeld}) == 2);
  }
}

TEST_CASE("without a live record the lock that may still have a holder counts, then any record") {
  const std::vector<std::vector<ShownLock>> ranks = {
      {kHeld}, {kExpired, kUnreadable}, {kReleased}, {kEmpty}, {kAbsent}};
  for (std::size_t better = 0; better < ranks.size(); ++better) {
    for (std::size_t worse = better + 1; worse < ranks.size(); ++worse) {
      for (const ShownLock& one : ranks[better]) {
        for (const ShownLock& other : ranks[worse]) {
          CHECK(choose_lock(std::vector{other, one}) == 1);
          CHECK(choose_lock(std::vector{one, other}) == 0);
        }
      }
    }
  }
}

TEST_CASE("among equals the first lock counts") {
  CHECK(choose_lock(std::vector{kHeld, kHeld}) == 0);
  CHECK(choose_lock(std::vector{kAbsent, kExpired, kUnreadable}) == 1);
  CHECK(choose_lock(std::vector{kAbsent, kUnreadable, kExpired}) == 1);
  CHECK(choose_lock(std::vector{kAbsent, kAbsent}) == 0);
  CHECK(choose_lock({}) == 0);
}

}  // namespace elector::tests
