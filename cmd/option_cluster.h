// What a candidate does in its cluster besides taking part, as the command line says it: events,
// the pod's label, the health of the application; and the rights that all of it takes.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cmd/option_flag.h"
#include "cmd/option_given.h"
#include "core/time.h"
#include "kube/error.h"

namespace elector::cmd {

extern const FlagGroup kClusterFlags;  // --events, --label-pod, --health-url, …: run's and exec's
extern const FlagGroup kRbacFlags;     // --print-rbac: every command's that talks to the API

// --label-pod.
struct PodLabel {
  std::string key;
  std::string value;
  std::string pod;  // the name of this process's own
};

// --health-url and what goes with it.
struct HealthCheck {
  std::string url;  // http:// or https://
  core::Duration interval = std::chrono::seconds(5);
  core::Duration timeout = std::chrono::seconds(2);
  int threshold = 3;  // failures in a row that make unhealthy
};

// Whether a flag's value is a URL that can be asked as a kubelet's probe does. Fails with kUsage.
kube::Failure check_probed_url(const Given& given);

// --print-rbac. `account` is as it was given: NAME or NAMESPACE:NAME, "" for the usual one.
struct PrintRbac {
  std::string account;
  std::vector<std::string> pods{};  // --rbac-pods: whose labels may be changed; empty: all
};

struct ClusterOptions {
  bool events = true;
  std::optional<PodLabel> label;
  std::optional<HealthCheck> health;
};

// All of these fail with kUsage and a sentence that begins with the flag at fault.

// The pod's name is POD_NAME's value, else the host's name, which is asked for only then.
kube::Expected<ClusterOptions> read_cluster(const GivenFlags& flags, const Variables& variables,
                                            const std::function<std::string()>& host_name);
kube::Expected<std::optional<PrintRbac>> read_print_rbac(const GivenFlags& flags);

}  // namespace elector::cmd
