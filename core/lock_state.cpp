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
  if (!record.renew_time || duration <= duration.zero()) return {LockState::kExpired};
  const auto left = std::clamp(*record.renew_time + duration - server_now, -kFar, duration);
  return {left > left.zero() ? LockState::kHeld : LockState::kExpired, left};
}

Verdict judge_again(const Observation& before, const Observation& seen, WallTime server_now) {
  const Verdict verdict = judge(seen, server_now);
  if (verdict.state != LockState::kExpired || same_record(before, seen)) return verdict;
  return {LockState::kHeld, seen.record.lease_duration};
}

}  // namespace elector::core
