// See lock_kind.h.
#include "kube/lock_kind.h"

#include <array>
#include <chrono>
#include <utility>

#include "kube/http_message.h"

namespace elector::kube {
namespace {

using LockChoices = std::array<std::pair<std::string_view, std::vector<LockKind>>, 5>;

const LockChoices& lock_choices() {
  using enum LockKind;
  static const LockChoices choices{{{"leases", {kLease}},
                                    {"endpoints", {kEndpoints}},
                                    {"configmaps", {kConfigMap}},
                                    {"endpointsleases", {kEndpoints, kLease}},
                                    {"configmapsleases", {kConfigMap, kLease}}}};
  return choices;
}

}  // namespace

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
  for (const auto& [name, kinds] : lock_choices()) {
    if (name == value) return kinds;
  }
  return std::nullopt;
}

std::string_view lock_value(const std::vector<LockKind>& kinds) {
  for (const auto& [name, its_kinds] : lock_choices()) {
    if (its_kinds == kinds) return name;
  }
  return "";
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
