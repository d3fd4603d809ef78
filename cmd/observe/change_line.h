// SPDX-License-Identifier: Apache-2.0
// One line of `watch`, as text, as JSON or as variables: the first finding, or a change.
#pragma once

#include <optional>
#include <string>

#include "cmd/observe/change_hook.h"
#include "cmd/output/election_json.h"
#include "core/leader_change.h"
#include "core/time.h"

namespace elector::cmd {

struct ChangeLine {
  ElectionState state;                       // after the change
  std::optional<core::LeaderChange> change;  // nothing: the first finding
  core::WallTime time;                       // when it was seen, by this machine's clock
};

// Returns "2026-01-02T03:04:05Z example: a -> nobody (expired)". An election on Endpoints or
// ConfigMaps has the kind in front of its name, as in "endpoints/example"; with `with_namespace`
// the namespace comes before that.
std::string to_text(const ChangeLine& line, bool with_namespace, bool colour);

// Returns the JSON object of the election with these members added: "time", "from" (null at first),
// "why" (null at first) and "missed".
std::string to_json(const ChangeLine& line);

// Returns LEADER_ELECTION, LEADER_NAMESPACE, LEADER_LOCK, LEADER_IDENTITY ("" if there is no
// leader), LEADER_STATE, LEADER_TRANSITIONS, LEADER_PREVIOUS and LEADER_REASON (both "" at first).
ChangeHook::Facts facts_of(const ChangeLine& line);

}  // namespace elector::cmd
