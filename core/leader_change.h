// From one state of an election to the next: whether that is a change of leader, and why it came.
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
  std::string holder{};                       // whom the record names; dead or alive
  std::optional<WallTime> acquire_time{};     // of the record
  std::optional<std::int64_t> transitions{};  // of the record
  std::string promised{};  // released for this candidate, by `resign --to`; "" for anyone

  // Who leads; "" for nobody.
  std::string_view leader() const {
    return state == LockState::kHeld ? std::string_view(holder) : std::string_view();
  }
};

Standing standing_of(const Observation& seen, LockState state);

enum class Why {
  kElected,     // took the lock that nobody held
  kExpired,     // the record ran out, or another took it when it had
  kReleased,    // gave the lock back
  kHandedOver,  // took it from a living holder, or when it was released for him
  kDeleted,     // the object or its record is gone
  kUnreadable,  // what stands in its place is no record
  kRenewed,     // the holder of a record that had run out renewed it late
};

// "elected", "expired", "released", "handed over", "deleted", "unreadable", "renewed".
std::string_view to_string(Why why);

struct LeaderChange {
  std::string from;  // "" for nobody
  std::string to;    // "" for nobody; may equal `from`: the same one leads again
  Why why = Why::kElected;
  std::int64_t missed = 0;  // terms in between that nobody here saw, by the records' count

  bool operator==(const LeaderChange&) const = default;
};

// Nothing if the same term goes on, or nobody leads before and after. `had_run_out`: the record
// before had run out, or was about to, when the one after was written.
std::optional<LeaderChange> change_between(const Standing& before, const Standing& after,
                                           bool had_run_out);

}  // namespace elector::core
