// SPDX-License-Identifier: Apache-2.0
#include "core/leader_change.h"

#include <algorithm>
#include <chrono>

namespace elector::core {
namespace {

// Lock kinds keep times at different precisions, and an election may move from one to another.
std::optional<std::chrono::sys_seconds> to_the_second(const std::optional<WallTime>& time) {
  if (!time) return std::nullopt;
  return std::chrono::floor<std::chrono::seconds>(*time);
}

bool same_term(const Standing& a, const Standing& b) {
  return a.holder == b.holder && a.transitions == b.transitions &&
         to_the_second(a.acquire_time) == to_the_second(b.acquire_time);
}

Why why_vacant(const Standing& after) {
  switch (after.state) {
    case LockState::kAbsent:
      return Why::kDeleted;
    case LockState::kUnreadable:
      return Why::kUnreadable;
    case LockState::kExpired:
      return Why::kExpired;
    case LockState::kReleased:
    case LockState::kHeld:
      break;
  }
  // An object whose record is gone does not show that its holder released it.
  return after.transitions ? Why::kReleased : Why::kDeleted;
}

Why why_led(const Standing& before, const Standing& after, bool had_run_out) {
  if (before.state == LockState::kHeld) return had_run_out ? Why::kExpired : Why::kHandedOver;
  if (!before.promised.empty() && before.promised == after.holder) return Why::kHandedOver;
  const bool late = before.state == LockState::kExpired && same_term(before, after);
  return late ? Why::kRenewed : Why::kElected;
}

// Returns how many whole terms the records counted that were not seen. A count that decreases
// starts again: the object was deleted and created again.
std::int64_t missed_terms(const Standing& before, const Standing& after) {
  if (!before.transitions || !after.transitions) return 0;
  const bool one_is_seen = !after.leader().empty() && !same_term(before, after);
  const std::int64_t terms = *after.transitions - *before.transitions;
  return std::max<std::int64_t>(0, terms - (one_is_seen ? 1 : 0));
}

}  // namespace

Standing standing_of(const Observation& seen, LockState state) {
  Standing standing{.state = state};
  if (seen.content != Content::kRecord) return standing;
  standing.holder = seen.record.holder;
  standing.acquire_time = seen.record.acquire_time;
  standing.transitions = seen.record.transitions;
  standing.promised = released_for(seen);
  return standing;
}

std::string_view to_string(Why why) {
  switch (why) {
    case Why::kElected:
      return "elected";
    case Why::kExpired:
      return "expired";
    case Why::kReleased:
      return "released";
    case Why::kHandedOver:
      return "handed over";
    case Why::kDeleted:
      return "deleted";
    case Why::kUnreadable:
      return "unreadable";
    case Why::kRenewed:
      break;
  }
  return "renewed";
}

std::optional<LeaderChange> change_between(const Standing& before, const Standing& after,
                                           bool had_run_out) {
  LeaderChange change{.from = std::string(before.leader()), .to = std::string(after.leader())};
  change.missed = missed_terms(before, after);
  if (change.to.empty()) {
    // A term that came and went unseen is a change all the same.
    if (change.from.empty() && change.missed == 0) return std::nullopt;
    change.why = why_vacant(after);
    return change;
  }
  if (!change.from.empty() && same_term(before, after)) return std::nullopt;
  change.why = why_led(before, after, had_run_out);
  return change;
}

}  // namespace elector::core
