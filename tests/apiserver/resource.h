// SPDX-License-Identifier: Apache-2.0
// The kinds that the test API server knows, and how a request's path and method name what it is
// about.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace elector::tests::apiserver {

// One API resource. The two rules about PUT are the real server's (checked on v1.20): Leases and
// Endpoints are created by a PUT on a missing name, ConfigMaps are not; a Lease cannot be replaced
// without a resourceVersion, the others can.
struct Resource {
  std::string_view plural;
  std::string_view singular;
  std::string_view group;  // "" is the core group
  std::string_view version;
  std::string_view kind;
  std::string_view short_name;  // "" if it has none
  bool namespaced;
  bool create_on_update;
  bool unconditional_update;
  std::string_view deprecation = "";  // the warning that each answer carries; "" for none
};

const std::vector<Resource>& resources();
// Null if there is no such resource.
const Resource* find_resource(std::string_view group, std::string_view version,
                              std::string_view plural);

// "coordination.k8s.io/v1", or "v1" for the core group.
std::string api_version(const Resource& resource);
// What errors call it: "leases.coordination.k8s.io", "configmaps", "Lease.coordination.k8s.io",
// "ConfigMap".
std::string qualified_resource(const Resource& resource);
std::string qualified_kind(const Resource& resource);

// What a request is about, as the API's RequestInfo gives it.
struct Target {
  bool is_resource = false;
  std::string path;
  std::string group;
  std::string version;
  std::string plural;  // with "/subresource" when there is one, as RBAC writes it
  std::string ns;      // "" for all namespaces; of a Namespace its own name
  std::string name;    // "" for a collection
  // The API's verb: get, list, watch, create, update, patch, delete, deletecollection; for a path
  // that is not a resource, the HTTP method in lower case.
  std::string verb;
  const Resource* resource = nullptr;  // null when the server has no such resource
};

// path is unescaped and has no query; watch is true if the query asks for a watch.
Target parse_target(std::string_view method, std::string_view path, bool watch);

// The word under which request counters and fault rules know a target's verb: GET, LIST, WATCH,
// POST, PUT, PATCH, DELETE.
std::string counter_verb(const Target& target);

}  // namespace elector::tests::apiserver
