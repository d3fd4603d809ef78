// SPDX-License-Identifier: Apache-2.0
// The kinds of object that a lock can be, their place in the API, and the values of --lock.
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
  core::Duration precision;      // of the times in its record
};

const LockKindInfo& info(LockKind kind);

// The values of --lock.
inline constexpr std::array<std::string_view, 5> kLockValues{"leases", "endpoints", "configmaps",
                                                             "endpointsleases", "configmapsleases"};

// Returns the kinds that a value of --lock means, the primary first: one, or two for a multi-lock.
// Nothing if the value does not exist.
std::optional<std::vector<LockKind>> parse_lock(std::string_view value);

// Returns the value of --lock for these kinds; "" if there is none.
std::string_view lock_value(const std::vector<LockKind>& kinds);

// "/apis/coordination.k8s.io/v1/namespaces/default/leases", for POST, list and watch;
// "/apis/coordination.k8s.io/v1/leases" for every namespace, which is "".
std::string collection_path(LockKind kind, std::string_view name_space);
// The same with "/NAME", for GET and PUT.
std::string object_path(LockKind kind, std::string_view name_space, std::string_view name);
// Returns the kind of lock object that a request's path addresses: one object, or a collection.
// Nothing if it addresses anything else.
std::optional<LockKind> lock_kind_at(std::string_view path);

}  // namespace elector::kube
