// What an observer has seen of one election, and how it is put: as the one JSON object, as a row of
// the table, spelt out, as an object's name. Nothing here asks anyone anything.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/election_state.h"
#include "cmd/text_table.h"
#include "core/lock_state.h"
#include "core/record.h"
#include "kube/lock_codec.h"

namespace elector::cmd {

struct SeenElection {
  kube::LockName name;
  core::Observation seen;
  core::WallTime server_now;  // the API server's clock at the reading
  core::Verdict verdict;
};

// Who leads; "" for nobody.
std::string_view leader_of(const SeenElection& election);

// `id`: the name that the answer is about, if any.
ElectionState state_of(const SeenElection& election, const std::optional<std::string>& id);

// A span of time as kubectl writes ages: 45s, 5m12s, 3h, 12d. Negative counts as 0s.
std::string short_duration(core::Duration duration);

// The heads and a row for each. `wide` adds who the record names, whether he leads or not, when it
// was renewed and for how long it counts; `namespaces` puts the namespace in front.
std::vector<TableRow> election_table(std::span<const SeenElection> elections, bool wide,
                                     bool namespaces);
// The table's column with the state, for colours; and the colour of each.
std::size_t state_column(bool namespaces);
std::string_view state_colour(std::string_view state);

// Some lines "Name:  value".
std::string spelt_out(const SeenElection& election, bool colour);

// As `kubectl get -o name` has it: "lease.coordination.k8s.io/example".
std::string object_reference(const kube::LockName& name);

}  // namespace elector::cmd
