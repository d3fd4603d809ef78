// SPDX-License-Identifier: Apache-2.0
// What an observer asks for, and what it makes of objects that it sees among others.
#include "kube/lock/lock_read.h"

#include <doctest/doctest.h>

#include <string>

#include "kube/lock/lock_list.h"

namespace elector::tests {
namespace {

using core::Content;
using kube::LockKind;

const std::string kPartial =
    R"({"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"x",)"
    R"("namespace":"n","resourceVersion":"7","annotations":{)"
    R"("control-plane.alpha.kubernetes.io/leader":)"
    R"("{\"holderIdentity\":\"a\",\"leaseDurationSeconds\":15,\"leaderTransitions\":3}"}}})";
const std::string kItem =
    R"({"metadata":{"name":"x","namespace":"n","resourceVersion":"7"},)"
    R"("spec":{"holderIdentity":"a","leaseDurationSeconds":15,"leaseTransitions":3}})";

kube::HttpResponse ok(const std::string& body) {
  kube::HttpResponse response;
  response.status = 200;
  response.body = body;
  return response;
}

}  // namespace

TEST_CASE("of Endpoints and ConfigMaps the metadata alone is asked for, of a Lease all") {
  CHECK(kube::lock_accept(LockKind::kLease, true) == "application/json");
  for (const LockKind kind : {LockKind::kEndpoints, LockKind::kConfigMap}) {
    CHECK(kube::lock_accept(kind, true) ==
          "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json");
    const auto request = kube::lock_read_request({kind, "n", "x"}, std::chrono::seconds(3));
    CHECK(request.accept ==
          "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json");
    CHECK(request.timeout == std::chrono::seconds(3));
  }
}

TEST_CASE("the heartbeats of nodes are left out in every namespace, not in their own") {
  CHECK(kube::lock_field_selector("") == "metadata.namespace!=kube-node-lease");
  CHECK(kube::lock_field_selector("kube-node-lease").empty());
}

TEST_CASE("an item of a list, and metadata alone, are read without a kind") {
  const auto lease = kube::decode_listed(LockKind::kLease, kItem);
  REQUIRE(lease);
  CHECK(lease->name.name == "x");
  CHECK(lease->name.name_space == "n");
  CHECK(lease->seen.version == "7");
  CHECK(lease->seen.record.holder == "a");
  CHECK(lease->seen.body == nullptr);
  const auto partial = kube::decode_listed(LockKind::kConfigMap, kPartial);
  REQUIRE(partial);
  CHECK(partial->seen.record.transitions == 3);
  CHECK(kube::is_election(*partial, ""));
  CHECK_FALSE(kube::decode_listed(LockKind::kLease, R"({"metadata":{"name":"x"}})"));
  CHECK_FALSE(kube::decode_listed(LockKind::kLease, "[]"));
}

TEST_CASE("a ConfigMap without a record is not an election, and a Lease without one is") {
  const std::string bare = R"({"metadata":{"name":"x","namespace":"n","resourceVersion":"7"}})";
  CHECK_FALSE(kube::is_election(*kube::decode_listed(LockKind::kConfigMap, bare), ""));
  CHECK(kube::is_election(*kube::decode_listed(LockKind::kLease, bare), ""));
}

TEST_CASE("an answer that is another object, or not an object, proves nothing") {
  const kube::LockName name{LockKind::kLease, "n", "x"};
  CHECK(kube::lock_read_answer(name, ok(kItem), "s").outcome == core::Outcome::kOk);
  for (const std::string body : {"", "{}", "<html>", R"({"metadata":{"name":"y"}})"}) {
    const auto answer = kube::lock_read_answer(name, ok(body), "s");
    CHECK(answer.outcome == core::Outcome::kUnknown);
    CHECK_FALSE(answer.message.empty());
  }
  const kube::LockName other{LockKind::kLease, "n", "y"};
  CHECK(kube::lock_read_answer(other, ok(kItem), "s").message ==
        "the API server's answer is not leases \"y\"");
}

}  // namespace elector::tests
