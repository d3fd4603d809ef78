// SPDX-License-Identifier: Apache-2.0
// What an observer has seen of one election, and how it is shown: as the JSON object, as a row of
// the table, in full, as an object's name. Nothing here sends a request.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/output/election_json.h"
#include "cmd/output/table.h"
#include "core/lock_state.h"
#include "core/record.h"
#include "kube/lock/lock_codec.h"

namespace elector::cmd {

struct SeenElection {
  kube::LockName name;
  core::Observation seen;
  core::WallTime server_now;  // the API server's clock at the time of reading
  core::Verdict verdict;
  // How far the holder's clock is ahead of the API server's; nothing if it is right or not known.
  std::optional<core::Duration> clock_error{};
  bool confirmed = false;  // the verdict is one of two looks
};

// Returns the leader, or "" if there is none.
std::string_view leader_of(const SeenElection& election);

// `id`: the identity that the answer is about, if any.
ElectionState state_of(const SeenElection& election, const std::optional<std::string>& id);

// Returns a header row plus one row per election. `wide` adds the columns HOLDER, RENEWED and
// DURATION; `namespaces` puts the namespace in front.
std::vector<TableRow> election_table(std::span<const SeenElection> elections, bool wide,
                                     bool namespaces);
// The table's column with the state, and the colour of each state.
std::size_t state_column(bool namespaces);
std::string_view state_colour(std::string_view state);

// Returns several lines "Name:  value".
std::string spelt_out(const SeenElection& election, bool colour);

// Returns the name as `kubectl get -o name` prints it: "lease.coordination.k8s.io/example".
std::string object_reference(const kube::LockName& name);

}  // namespace elector::cmd
