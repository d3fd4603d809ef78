// SPDX-License-Identifier: Apache-2.0
#include "kube/lock/lease_purpose.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "kube/lock/lock_list.h"

namespace elector::kube {

TEST_CASE("heartbeats are not elections, and elections are not heartbeats") {
  struct Row {
    std::string metadata;
    bool heartbeat;
  };
  for (
      const Row& row : std::vector<Row>{
          {R"("labels":{"apiserver.kubernetes.io/identity":"kube-apiserver","kubernetes.io/hostname":"m"})",
           true},
          {R"("labels":{"apiserver.kubernetes.io/identity":"sample-apiserver"})", true},
          {R"("labels":{"k8s.io/component":"kube-apiserver"})", true},
          {R"("labels":{"k8s-app":"konnectivity-server"})", true},
          {R"("namespace":"kube-node-lease")", true},
          {R"("namespace":"karmada-cluster")", true},
          {R"("ownerReferences":[{"apiVersion":"v1","kind":"Node","name":"n","uid":"u"}])", true},
          {R"("ownerReferences":[{"kind":"Pod","name":"p"},{"kind":"Node","name":"n"}])", true},
          {R"("ownerReferences":[{"apiVersion":"cluster.karmada.io/v1alpha1","kind":"Cluster","name":"m"}])",
           true},
          {R"("labels":{"k8s.io/component":"kube-scheduler"})", false},
          {R"("labels":{"k8s-app":"cilium-operator","app":"konnectivity-server"})", false},
          {R"("labels":{"x":"apiserver.kubernetes.io/identity"})", false},
          {R"("annotations":{"apiserver.kubernetes.io/identity":"kube-apiserver"})", false},
          {R"("ownerReferences":[{"kind":"Pod","name":"n"}])", false},
          {R"("ownerReferences":[{"kind":"Deployment","name":"Node"}])", false},
          {R"("ownerReferences":null,"labels":null)", false},
          {R"("ownerReferences":{"kind":"Node"},"labels":[7])", false},
          {R"("namespace":"kube-system")", false},
      }) {
    CAPTURE(row.metadata);
    const std::string lease = R"({"kind":"Lease","metadata":{"name":"x","resourceVersion":"7",)" +
                              row.metadata + R"(},"spec":{"holderIdentity":"x"}})";
    CHECK(is_heartbeat(lease) == row.heartbeat);
    const auto listed = decode_listed(LockKind::kLease, lease);
    REQUIRE(listed);
    CHECK(is_election(*listed, "") == !row.heartbeat);
    CHECK(is_election(*listed, "kube-system") == !row.heartbeat);
    CHECK(is_election(*listed, "kube-node-lease"));
  }
  CHECK(is_heartbeat(R"({"metadata":{"name":"managed-cluster-lease"}})"));
  CHECK_FALSE(is_heartbeat("{}"));
}

}  // namespace elector::kube
