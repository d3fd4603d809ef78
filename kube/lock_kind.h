// The kinds of object that a lock can be, where the API keeps them, and the values of --lock.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace elector::kube {

enum class LockKind { kLease, kEndpoints, kConfigMap };

// All of them, in the order in which an election is looked for.
inline constexpr std::array kLockKinds{LockKind::kLease, LockKind::kEndpoints,
                                       LockKind::kConfigMap};

struct LockKindInfo {
  std::string_view api_version;  // of the object: "coordination.k8s.io/v1"
  std::string_view kind;         // of the object: "Lease"
  std::string_view group;        // for RBAC; "" is the core group
  std::string_view resource;     // for RBAC and in paths: "leases"
  std::string_view api_path;     // "/apis/coordination.k8s.io/v1"
  core::Duration precision;      // at which its record keeps times
};

const LockKindInfo& info(LockKind kind);

// The values of --lock.
inline constexpr std::array<std::string_view, 5> kLockValues{"leases", "endpoints", "configmaps",
                                                             "endpointsleases", "configmapsleases"};

// The kinds that a value of --lock stands for, the primary first: one, or two for a multi-lock.
// Nothing if there is no such value.
std::optional<std::vector<LockKind>> parse_lock(std::string_view value);

// The value of --lock that stands for these; "" if none does.
std::string_view lock_value(const std::vector<LockKind>& kinds);

// "/apis/coordination.k8s.io/v1/namespaces/default/leases", to POST to, to list and to watch;
// "/apis/coordination.k8s.io/v1/leases" for every namespace, which is "".
std::string collection_path(LockKind kind, std::string_view name_space);
// The same with "/NAME", to GET and to PUT.
std::string object_path(LockKind kind, std::string_view name_space, std::string_view name);
// The kind of lock object that a request's path addresses: one object, or a collection. Nothing if
// it addresses anything else.
std::optional<LockKind> lock_kind_at(std::string_view path);

}  // namespace elector::kube
