// SPDX-License-Identifier: Apache-2.0
#include "tests/support/api.h"

#include <stdexcept>
#include <utility>

namespace elector::tests {
namespace {

const std::string kLeaderAnnotation =
    "/metadata/annotations/control-plane.alpha.kubernetes.io~1leader";

void require(const HttpAnswer& answer, const std::string& what) {
  if (answer.status >= 200 && answer.status < 300) return;
  throw std::runtime_error(what + ": " + std::to_string(answer.status) + " " + answer.body);
}

}  // namespace

std::string ObjectName::collection_path() const {
  const std::string group = resource == "leases" ? "/apis/coordination.k8s.io/v1" : "/api/v1";
  return group + "/namespaces/" + name_space + "/" + resource;
}

std::optional<LockRecord> record_in(const Json& object) {
  if (text_at(object, "/kind") == "Lease") {
    return LockRecord{.holder = text_at(object, "/spec/holderIdentity"),
                      .lease_duration = number_at(object, "/spec/leaseDurationSeconds"),
                      .transitions = number_at(object, "/spec/leaseTransitions"),
                      .acquire_time = text_at(object, "/spec/acquireTime"),
                      .renew_time = text_at(object, "/spec/renewTime")};
  }
  const std::string text = text_at(object, kLeaderAnnotation);
  if (text.empty()) return std::nullopt;
  const Json record = parse_json(text);
  return LockRecord{.holder = text_at(record, "/holderIdentity"),
                    .lease_duration = number_at(record, "/leaseDurationSeconds"),
                    .transitions = number_at(record, "/leaderTransitions"),
                    .acquire_time = text_at(record, "/acquireTime"),
                    .renew_time = text_at(record, "/renewTime")};
}

HttpAnswer Api::call(const std::string& method, const std::string& path, const std::string& body,
                     const std::string& content_type) const {
  HttpRequest request{.method = method, .path = path, .body = body};
  if (!body.empty()) request.headers["Content-Type"] = content_type;
  if (!token_.empty()) request.headers["Authorization"] = "Bearer " + token_;
  return http(address_, request);
}

std::optional<Json> Api::get(const ObjectName& name) const {
  const HttpAnswer answer = call("GET", name.path());
  if (answer.status == 404) return std::nullopt;
  require(answer, "GET " + name.path());
  return parse_json(answer.body);
}

std::optional<LockRecord> Api::record(const ObjectName& name) const {
  const auto object = get(name);
  return object ? record_in(*object) : std::nullopt;
}

std::string Api::holder(const ObjectName& name) const {
  const auto found = record(name);
  return found ? found->holder : "";
}

void Api::create(const ObjectName& name, const std::string& body) const {
  require(call("POST", name.collection_path(), body), "POST " + name.path());
}

void Api::patch(const ObjectName& name, const std::string& merge) const {
  require(call("PATCH", name.path(), merge, "application/merge-patch+json"),
          "PATCH " + name.path());
}

bool Api::remove(const ObjectName& name) const {
  const HttpAnswer answer = call("DELETE", name.path());
  if (answer.status == 404) return false;
  require(answer, "DELETE " + name.path());
  return true;
}

std::vector<ObjectName> objects_of(const std::string& lock, const std::string& election) {
  if (lock == "endpointsleases") {
    return {{.resource = "endpoints", .name = election}, {.resource = "leases", .name = election}};
  }
  if (lock == "configmapsleases") {
    return {{.resource = "configmaps", .name = election}, {.resource = "leases", .name = election}};
  }
  return {{.resource = lock, .name = election}};
}

}  // namespace elector::tests
