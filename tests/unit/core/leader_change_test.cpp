// SPDX-License-Identifier: Apache-2.0
// Tables for core/leader_change: what is a change of leader, and why it came.
#include "core/leader_change.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace elector::tests {
namespace {

using core::change_between;
using core::LockState;
using core::Standing;
using core::WallTime;
using std::chrono::milliseconds;
using std::chrono::seconds;

const WallTime kNoon{std::chrono::hours(490000)};

Standing standing(LockState state, const std::string& holder, int term) {
  return {
      .state = state, .holder = holder, .acquire_time = kNoon + seconds(term), .transitions = term};
}

Standing held(const std::string& holder, int term) {
  return standing(LockState::kHeld, holder, term);
}
Standing expired(const std::string& holder, int term) {
  return standing(LockState::kExpired, holder, term);
}
Standing released(int term) {
  return standing(LockState::kReleased, "", term);
}
const Standing kAbsent{};
const Standing kUnreadable{.state = LockState::kUnreadable};
const Standing kEmptied{.state = LockState::kReleased};

// "a -> b (elected)", with "+1 missed" behind it; "" for no change.
std::string words(const Standing& before, const Standing& after, bool had_run_out = false) {
  const auto change = change_between(before, after, had_run_out);
  if (!change) return "";
  std::string text = change->from + " -> " + change->to;
  text.append(" (").append(to_string(change->why)).append(")");
  if (change->missed != 0) text += " +" + std::to_string(change->missed) + " missed";
  return text;
}

}  // namespace

TEST_CASE("each way to win or lose a lock has its reason") {
  CHECK(words(released(1), held("a", 2)) == " -> a (elected)");
  CHECK(words(expired("a", 1), held("b", 2)) == " -> b (elected)");
  CHECK(words(expired("a", 1), held("a", 2)) == " -> a (elected)");
  CHECK(words(kAbsent, held("a", 0)) == " -> a (elected)");
  CHECK(words(kUnreadable, held("a", 0)) == " -> a (elected)");
  CHECK(words(held("a", 1), expired("a", 1)) == "a ->  (expired)");
  CHECK(words(held("a", 1), released(1)) == "a ->  (released)");
  CHECK(words(held("a", 1), kAbsent) == "a ->  (deleted)");
  CHECK(words(held("a", 1), kEmptied) == "a ->  (deleted)");
  CHECK(words(held("a", 1), kUnreadable) == "a ->  (unreadable)");
}

TEST_CASE(
    "from one holder to the next it is expired if the first had expired, otherwise handed over") {
  CHECK(words(held("a", 1), held("b", 2)) == "a -> b (handed over)");
  CHECK(words(held("a", 1), held("b", 2), true) == "a -> b (expired)");
  CHECK(words(held("a", 1), held("a", 2)) == "a -> a (handed over)");
  // Each of the three that make a term is enough: holder, acquireTime to the second, transitions.
  Standing within_a_second = held("a", 1);
  within_a_second.transitions = 2;
  CHECK(words(held("a", 1), within_a_second) == "a -> a (handed over)");
  Standing uncounted = held("a", 2);
  uncounted.transitions = 1;
  CHECK(words(held("a", 1), uncounted) == "a -> a (handed over)");
  CHECK(words(held("a", 1), held("b", 1)) == "a -> b (handed over)");
}

TEST_CASE("the candidate that it was released for has it handed over, and any other is elected") {
  Standing before = released(1);
  before.promised = "b";
  CHECK(words(before, held("b", 2)) == " -> b (handed over)");
  CHECK(words(before, held("c", 2)) == " -> c (elected)");
}

TEST_CASE("the same term is not a change, and one that expires and is renewed late is renewed") {
  CHECK(words(held("a", 1), held("a", 1)) == "");
  CHECK(words(expired("a", 1), held("a", 1)) == " -> a (renewed)");
  Standing to_the_second = held("a", 1);
  to_the_second.acquire_time = *to_the_second.acquire_time + milliseconds(250);
  CHECK(words(to_the_second, held("a", 1)) == "");
}

TEST_CASE("from one vacancy to the next is not a change of leader") {
  const std::vector<Standing> vacancies{released(1), expired("a", 1), kAbsent, kUnreadable,
                                        kEmptied};
  for (const Standing& before : vacancies) {
    for (const Standing& after : vacancies) CHECK(words(before, after) == "");
  }
}

TEST_CASE("terms that were not observed are counted from the records") {
  CHECK(words(held("a", 1), held("b", 4)) == "a -> b (handed over) +2 missed");
  CHECK(words(released(1), held("b", 3)) == " -> b (elected) +1 missed");
  CHECK(words(held("a", 1), released(3)) == "a ->  (released) +2 missed");
  CHECK(words(released(1), released(2)) == " ->  (released) +1 missed");
  CHECK(words(held("a", 9), held("b", 0)) == "a -> b (handed over)");
  CHECK(words(kAbsent, held("b", 9)) == " -> b (elected)");
}

}  // namespace elector::tests
