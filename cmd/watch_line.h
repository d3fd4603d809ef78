// One line of `watch`: what was found at first, or a change, as text, as JSON, as variables.
#pragma once

#include <optional>
#include <string>

#include "cmd/change_command.h"
#include "cmd/election_state.h"
#include "core/leader_change.h"
#include "core/time.h"

namespace elector::cmd {

struct WatchLine {
  ElectionState state;                       // after the change
  std::optional<core::LeaderChange> change;  // nothing: what was found at first
  core::WallTime time;                       // when it was seen, by this machine's clock
};

// "2026-01-02T03:04:05Z example: a -> nobody (expired)". An election on Endpoints or ConfigMaps has
// that in front of its name, as in "endpoints/example"; `with_namespace`, its namespace before
// that.
std::string to_text(const WatchLine& line, bool with_namespace, bool colour);

// The one JSON object of the election, with these members behind it: "time", "from" (null at
// first), "why" (null at first) and "missed".
std::string to_json(const WatchLine& line);

// LEADER_ELECTION, LEADER_NAMESPACE, LEADER_LOCK, LEADER_IDENTITY ("" for nobody), LEADER_STATE,
// LEADER_TERMS, LEADER_PREVIOUS and LEADER_REASON (both "" at first).
ChangeCommand::Facts facts_of(const WatchLine& line);

}  // namespace elector::cmd
