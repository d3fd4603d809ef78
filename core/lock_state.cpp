// SPDX-License-Identifier: Apache-2.0
#include "core/lock_state.h"

#include <algorithm>
#include <chrono>

namespace elector::core {
namespace {

// Times in a record may be thousands of years away, which a Duration cannot hold.
constexpr std::chrono::microseconds kFar = std::chrono::hours(24 * 365 * 100);

}  // namespace

std::string_view to_string(LockState state) {
  switch (state) {
    case LockState::kAbsent:
      return "absent";
    case LockState::kUnreadable:
      return "unreadable";
    case LockState::kReleased:
      return "released";
    case LockState::kExpired:
      return "expired";
    case LockState::kHeld:
      break;
  }
  return "held";
}

Duration observed_duration(const Record& record) {
  const Duration duration = record.lease_duration;
  return duration > duration.zero() ? duration : Duration(kAssumedDuration);
}

std::optional<WallTime> renewal_written_at(const Observation& seen) {
  return names_holder(seen) && !seen.resign ? seen.written_at : std::nullopt;
}

bool is_dated_ahead(const Observation& seen, WallTime server_now) {
  return names_holder(seen) && seen.record.renew_time &&
         *seen.record.renew_time > server_now + kClockTolerance;
}

Verdict judge(const Observation& seen, WallTime server_now) {
  switch (seen.content) {
    case Content::kAbsent:
      return {LockState::kAbsent};
    case Content::kUnreadable:
      return {LockState::kUnreadable};
    case Content::kEmpty:
      return {LockState::kReleased};
    case Content::kRecord:
      break;
  }
  const Record& record = seen.record;
  if (record.holder.empty()) return {LockState::kReleased};
  const std::chrono::microseconds duration = record.lease_duration;
  if (!record.renew_time || duration <= duration.zero()) return {LockState::kHeld};
  const WallTime renewed =
      std::max(*record.renew_time, renewal_written_at(seen).value_or(*record.renew_time));
  const auto left = std::clamp(renewed + duration - server_now, -kFar, duration);
  return {left > left.zero() ? LockState::kHeld : LockState::kExpired, left};
}

bool is_seen_renewal(const Observation& before, const Observation& seen, Duration elapsed) {
  if (!names_holder(before) || before.record.holder != seen.record.holder) return false;
  if (!before.record.renew_time || !seen.record.renew_time) return false;
  const std::chrono::microseconds between = *seen.record.renew_time - *before.record.renew_time;
  if (between < between.zero() || between > kFar) return false;
  using std::chrono::seconds;
  const auto is_whole = [](WallTime time) { return time == std::chrono::floor<seconds>(time); };
  const bool whole = is_whole(*before.record.renew_time) && is_whole(*seen.record.renew_time);
  const std::chrono::microseconds cut_off = whole ? seconds(1) : seconds(0);
  constexpr std::chrono::microseconds kAhead = std::chrono::milliseconds(200);  // of another event
  const auto passed = std::chrono::duration_cast<std::chrono::microseconds>(elapsed);
  constexpr std::chrono::microseconds kDelay = seconds(2);
  return between <= 2 * passed + cut_off + kAhead && passed <= 2 * between + kDelay;
}

Duration left_of(const Observation* before, const Observation& seen, Duration elapsed,
                 std::optional<WallTime> server_now) {
  const Duration whole = observed_duration(seen.record);
  if (!server_now || (before != nullptr && is_seen_renewal(*before, seen, elapsed))) {
    return whole;
  }
  return judge(seen, *server_now).left.value_or(whole);
}

Verdict judge_again(const Observation& before, const Observation& seen, WallTime server_now) {
  const Verdict verdict = judge(seen, server_now);
  if (!core::names_holder(seen)) return verdict;
  if (same_record(before, seen)) {
    return verdict.left && !is_dated_ahead(seen, server_now) ? verdict
                                                             : Verdict{LockState::kExpired};
  }
  if (verdict.state == LockState::kHeld) return verdict;
  return {LockState::kHeld, seen.record.lease_duration};
}

}  // namespace elector::core
