// SPDX-License-Identifier: Apache-2.0
#include "kube/lock/lease_purpose.h"

#include <algorithm>
#include <array>
#include <string>

#include "kube/base/json_text.h"

namespace elector::kube {
namespace {

struct Label {
  std::string_view name;
  std::string_view value;  // "" for any
};

constexpr std::array kLabels{
    Label{"apiserver.kubernetes.io/identity", ""},  // API servers, since Kubernetes 1.26
    Label{"k8s.io/component", "kube-apiserver"},    // and before that
    Label{"k8s-app", "konnectivity-server"},        // apiserver-network-proxy
};

// Where kubelets, and the members of a Karmada federation, keep their heartbeats.
constexpr std::array<std::string_view, 2> kNamespaces{"kube-node-lease", "karmada-cluster"};

// The kinds of owner of heartbeats that are kept elsewhere.
constexpr std::array<std::string_view, 2> kOwners{"Node", "Cluster"};

// Open Cluster Management has one such Lease in the namespace of each cluster.
constexpr std::string_view kManagedCluster = "managed-cluster-lease";

template <typename Range>
bool contains(const Range& range, std::string_view text) {
  return std::find(range.begin(), range.end(), text) != range.end();
}

}  // namespace

bool is_for_heartbeats(std::string_view name_space) {
  return contains(kNamespaces, name_space);
}

bool is_heartbeat(std::string_view lease) {
  const auto metadata = json::find(lease, "metadata");
  if (!metadata) return false;
  if (is_for_heartbeats(json::string_at(*metadata, {"namespace"}))) return true;
  if (json::string_at(*metadata, {"name"}) == kManagedCluster) return true;
  if (const auto labels = json::find(*metadata, "labels")) {
    for (const Label& label : kLabels) {
      const auto value = json::find(*labels, label.name);
      if (value && (label.value.empty() || json::to_string(*value) == label.value)) return true;
    }
  }
  const auto owners = json::find(*metadata, "ownerReferences");
  const auto elements = owners ? json::elements(*owners) : std::vector<std::string_view>();
  return std::any_of(elements.begin(), elements.end(), [](std::string_view owner) {
    return contains(kOwners, json::string_at(owner, {"kind"}));
  });
}

}  // namespace elector::kube
