// See lock_kind.h.
#include "kube/lock_kind.h"

#include <chrono>

#include "kube/http_message.h"

namespace elector::kube {

const LockKindInfo& info(LockKind kind) {
  using std::chrono::microseconds;
  using std::chrono::seconds;
  static constexpr LockKindInfo kLease{"coordination.k8s.io/v1",       "Lease",
                                       "coordination.k8s.io",          "leases",
                                       "/apis/coordination.k8s.io/v1", microseconds(1)};
  static constexpr LockKindInfo kEndpoints{"v1",        "Endpoints", "",
                                           "endpoints", "/api/v1",   seconds(1)};
  static constexpr LockKindInfo kConfigMap{"v1",         "ConfigMap", "",
                                           "configmaps", "/api/v1",   seconds(1)};
  switch (kind) {
    case LockKind::kEndpoints:
      return kEndpoints;
    case LockKind::kConfigMap:
      return kConfigMap;
    case LockKind::kLease:
      break;
  }
  return kLease;
}

std::optional<std::vector<LockKind>> parse_lock(std::string_view value) {
  using Kinds = std::vector<LockKind>;
  if (value == "leases") return Kinds{LockKind::kLease};
  if (value == "endpoints") return Kinds{LockKind::kEndpoints};
  if (value == "configmaps") return Kinds{LockKind::kConfigMap};
  if (value == "endpointsleases") return Kinds{LockKind::kEndpoints, LockKind::kLease};
  if (value == "configmapsleases") return Kinds{LockKind::kConfigMap, LockKind::kLease};
  return std::nullopt;
}

std::string_view lock_values() {
  return "leases, endpoints, configmaps, endpointsleases or configmapsleases";
}

std::string collection_path(LockKind kind, std::string_view name_space) {
  const LockKindInfo& lock = info(kind);
  std::string path(lock.api_path);
  if (!name_space.empty()) path.append("/namespaces/").append(percent_encode(name_space));
  return path.append("/").append(lock.resource);
}

std::string object_path(LockKind kind, std::string_view name_space, std::string_view name) {
  return collection_path(kind, name_space) + "/" + percent_encode(name);
}

}  // namespace elector::kube
