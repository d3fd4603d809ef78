// SPDX-License-Identifier: Apache-2.0
// The first half of resolving a connection: chooses cluster, user and namespace from the kubeconfig
// files, the pod's environment and the flags. resolve.cpp checks the content of those entries.
#pragma once

#include <string>
#include <vector>

#include "core/error.h"
#include "kube/config/connection.h"
#include "kube/config/environment.h"
#include "kube/config/kubeconfig.h"

namespace elector::kube {

struct Choice {
  KubeconfigCluster cluster;  // flags applied
  std::string
      cluster_name;       // for messages: `FILE: cluster "x"`, "--server", "the pod's environment"
  KubeconfigUser user;    // flags applied
  std::string user_name;  // the same for the user
  std::string context;
  std::string namespace_;      // never empty
  std::string namespace_name;  // its source, for messages
  std::vector<std::string> warnings;
  std::vector<std::string> notes;
  bool regular_files_only = false;  // from the environment, as is the next
  bool has_terminal = false;
};

// Returns the kubeconfig files that apply, merged; empty if there are none. Fails with kConfig if a
// file cannot be read, or if the one that --kubeconfig names does not exist.
Expected<Kubeconfig> load_kubeconfig(const Overrides& overrides, const Environment& environment);

// Fails as resolve() does.
Expected<Choice> choose(const Overrides& overrides, const Environment& environment);

}  // namespace elector::kube
