// SPDX-License-Identifier: Apache-2.0
// From one state of an election to the next: whether that is a change of leader, and why.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/lock_state.h"
#include "core/record.h"

namespace elector::core {

// Where an election stands.
struct Standing {
  LockState state = LockState::kAbsent;
  std::string holder{};                       // as the record names it; dead or alive
  std::optional<WallTime> acquire_time{};     // of the record
  std::optional<std::int64_t> transitions{};  // of the record
  std::string promised{};  // candidate it was released for, by `resign --to`; "" for any

  // Returns the leader, "" for none.
  std::string_view leader() const {
    return state == LockState::kHeld ? std::string_view(holder) : std::string_view();
  }
};

Standing standing_of(const Observation& seen, LockState state);

enum class Why {
  kElected,     // took a lock that had no holder
  kExpired,     // the record ran out, or another candidate took it after it had
  kReleased,    // gave the lock back
  kHandedOver,  // took it from a living holder, or when it was released for this candidate
  kDeleted,     // the object or its record is gone
  kUnreadable,  // what stands in its place is not a record
  kRenewed,     // the holder of a record that had run out renewed it late
};

// "elected", "expired", "released", "handed over", "deleted", "unreadable", "renewed".
std::string_view to_string(Why why);

struct LeaderChange {
  std::string from;  // "" for none
  std::string to;    // "" for none; may equal `from`: the same holder leads again
  Why why = Why::kElected;
  std::int64_t missed = 0;  // terms in between that were not seen here, by the records' count

  bool operator==(const LeaderChange&) const = default;
};

// Returns nothing if the same term goes on, or if there is no leader before and after.
// `had_run_out`: the earlier record had run out, or was about to, when the later one was written.
std::optional<LeaderChange> change_between(const Standing& before, const Standing& after,
                                           bool had_run_out);

}  // namespace elector::core
