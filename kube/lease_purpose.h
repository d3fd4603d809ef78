// Tells Leases that are locks of elections from those that are signs of life.
#pragma once

#include <string_view>

namespace elector::kube {

// Whether this Lease, an object's JSON, is a sign of life of one thing that nothing else competes
// for: the heartbeat of a node or of a member cluster, or the identity of an API server or of a
// konnectivity server. Such Leases have a holder, but elect nobody.
bool is_heartbeat(std::string_view lease);

// Whether the namespace has nothing but heartbeats: "kube-node-lease", or Karmada's.
bool is_for_heartbeats(std::string_view name_space);

}  // namespace elector::kube
