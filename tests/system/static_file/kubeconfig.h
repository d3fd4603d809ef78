// SPDX-License-Identifier: Apache-2.0
// The kubeconfig of a candidate, for a cage to mount.
#pragma once

#include <string>

#include "tests/support/temp_dir.h"
#include "tests/system/delivery/pod_api.h"

namespace elector::tests {

struct KubeconfigSetup {
  std::string host{};  // a name for the server; "": its address
  bool with_authority = true;
};

// Writes `kubeconfig`, and the authority's `ca.crt`, to the folder, readable in a cage.
void write_kubeconfig(PodApi& api, const TempDir& folder, const KubeconfigSetup& setup = {});

}  // namespace elector::tests
