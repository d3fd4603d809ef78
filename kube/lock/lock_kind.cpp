// SPDX-License-Identifier: Apache-2.0
#include "kube/lock/lock_kind.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "kube/http/http_message.h"

namespace elector::kube {
namespace {

// The kinds for each of kLockValues.
const std::vector<LockKind>& kinds_of(std::size_t value) {
  using enum LockKind;
  static const std::array<std::vector<LockKind>, kLockValues.size()> kinds{
      {{kLease}, {kEndpoints}, {kConfigMap}, {kEndpoints, kLease}, {kConfigMap, kLease}}};
  return kinds.at(value);
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
  for (std::size_t i = 0; i < kLockValues.size(); ++i) {
    if (kLockValues[i] == value) return kinds_of(i);
  }
  return std::nullopt;
}

std::string_view lock_value(const std::vector<LockKind>& kinds) {
  for (std::size_t i = 0; i < kLockValues.size(); ++i) {
    if (kinds_of(i) == kinds) return kLockValues[i];
  }
  return "";
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

std::optional<LockKind> lock_kind_at(std::string_view path) {
  constexpr std::string_view kNamespaces = "/namespaces/";
  for (const LockKind kind : kLockKinds) {
    std::string_view rest = path;
    if (!rest.starts_with(info(kind).api_path)) continue;
    rest.remove_prefix(info(kind).api_path.size());
    if (rest.starts_with(kNamespaces)) {
      rest.remove_prefix(kNamespaces.size());
      rest.remove_prefix(std::min(rest.find('/'), rest.size()));
    }
    if (!rest.starts_with('/')) continue;
    rest.remove_prefix(1);
    if (rest.substr(0, rest.find('/')) == info(kind).resource) return kind;
  }
  return std::nullopt;
}

}  // namespace elector::kube
