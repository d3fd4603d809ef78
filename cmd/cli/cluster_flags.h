// The flags for what a candidate does in its cluster beside the election (events, the pod's label,
// the application's health), and for printing the permissions that it all needs.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cmd/cli/flag.h"
#include "cmd/cli/given.h"
#include "core/error.h"
#include "core/time.h"

namespace elector::cmd {

extern const FlagGroup kClusterFlags;  // --events, --label-pod, --health-url, …: run's and exec's
extern const FlagGroup kRbacFlags;     // --print-rbac: for every command that uses the API

// --label-pod.
struct PodLabel {
  std::string key;
  std::string value;
  std::string pod;  // the name of this process's own pod
};

// --health-url and its companions.
struct HealthCheck {
  std::string url;  // http:// or https://
  core::Duration interval = std::chrono::seconds(5);
  core::Duration timeout = std::chrono::seconds(2);
  int threshold = 3;  // consecutive failures until unhealthy
};

// Fails with kUsage if a flag's value is not a URL that can be probed as the kubelet does.
Failure check_probed_url(const Given& given);

// --print-rbac. `account` is as given: NAME or NAMESPACE:NAME, "" for the default one.
struct PrintRbac {
  std::string account;
  std::vector<std::string> pods{};  // --rbac-pods: the pods whose labels may be changed; empty: all
};

struct ClusterOptions {
  bool events = true;
  std::optional<PodLabel> label;
  std::optional<HealthCheck> health;
};

// These fail with kUsage and a sentence that begins with the flag at fault.

// The pod's name is the value of POD_NAME, otherwise `host_name()`, called only if needed.
Expected<ClusterOptions> read_cluster(const GivenFlags& flags, const Variables& variables,
                                      const std::function<std::string()>& host_name);
Expected<std::optional<PrintRbac>> read_print_rbac(const GivenFlags& flags);

}  // namespace elector::cmd
