// SPDX-License-Identifier: Apache-2.0
// Distinguishes Leases that are locks of elections from heartbeats.
#pragma once

#include <string_view>

namespace elector::kube {

// Whether this Lease, an object's JSON, is a heartbeat without competitors: of a node or a member
// cluster, or the identity of an API server or a konnectivity server. Such Leases have a holder,
// but no election.
bool is_heartbeat(std::string_view lease);

// Whether the namespace contains only heartbeats: "kube-node-lease", or Karmada's.
bool is_for_heartbeats(std::string_view name_space);

}  // namespace elector::kube
