// The first half of resolving a connection: which cluster, user and namespace are meant, out of the
// kubeconfig files, the pod's surroundings and the flags. What those entries say is checked by
// connection.cpp.
#pragma once

#include <string>
#include <vector>

#include "kube/connection.h"
#include "kube/environment.h"
#include "kube/error.h"
#include "kube/kubeconfig.h"

namespace elector::kube {

struct Choice {
  KubeconfigCluster cluster;  // flags applied
  std::string
      cluster_name;       // for messages: `FILE: cluster "x"`, "--server", "the pod's environment"
  KubeconfigUser user;    // flags applied
  std::string user_name;  // likewise
  std::string context;
  std::string namespace_;      // never empty
  std::string namespace_name;  // where it is from, for messages
  std::vector<std::string> warnings;
  std::vector<std::string> notes;
  bool regular_files_only = false;  // the environment's, as the next
  bool has_terminal = false;
};

// The kubeconfig files that count, merged; empty where there are none. Fails with kConfig for a
// file that cannot be read, and for one that --kubeconfig names and that does not exist.
Expected<Kubeconfig> load_kubeconfig(const Overrides& overrides, const Environment& environment);

// Fails as resolve() does.
Expected<Choice> choose(const Overrides& overrides, const Environment& environment);

}  // namespace elector::kube
