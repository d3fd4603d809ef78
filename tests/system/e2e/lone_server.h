// SPDX-License-Identifier: Apache-2.0
// What the tests on a misbehaving server share: each has a server for itself, and an election on
// it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/support/api_server.h"
#include "tests/support/candidate.h"

namespace elector::tests {

inline CandidateOptions options_for(const ApiServer& server, const std::string& id,
                                    std::vector<std::string> more = {}) {
  return {.kubeconfig = server.kubeconfig(),
          .election = "example",
          .id = id,
          .ttl = "3s",
          .more = std::move(more)};
}

inline const ObjectName kLease{.resource = "leases", .name = "example"};

// Whether the lock is renewed from now on: its version changes, twice, under this holder.
inline bool renews(const ApiServer& server, const ObjectName& lease, const std::string& holder) {
  std::string last;
  int changes = -1;
  return eventually([&] {
    const auto object = server.api().get(lease);
    if (!object || record_in(*object)->holder != holder) return false;
    const std::string version = text_at(*object, "/metadata/resourceVersion");
    if (version != last) ++changes;
    last = version;
    return changes >= 2;
  });
}

}  // namespace elector::tests
