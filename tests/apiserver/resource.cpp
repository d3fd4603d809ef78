// SPDX-License-Identifier: Apache-2.0
// The kinds that the test API server knows, and the reading of paths.
#include "tests/apiserver/resource.h"

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace elector::tests::apiserver {
namespace {

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  while (start < path.size()) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    if (end > start) parts.emplace_back(path.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

std::string resource_verb(std::string_view method, bool named, bool watch) {
  if (method == "GET" || method == "HEAD") {
    if (watch) return "watch";
    return named ? "get" : "list";
  }
  if (method == "POST") return "create";
  if (method == "PUT") return "update";
  if (method == "PATCH") return "patch";
  if (method == "DELETE") return named ? "delete" : "deletecollection";
  return "";
}

// Reads what follows /api/v1 or /apis/GROUP/VERSION into target; returns false when nothing
// follows.
bool read_resource(const std::vector<std::string>& parts, std::size_t at, Target& target) {
  if (at >= parts.size()) return false;
  if (parts[at] == "namespaces" && at + 2 < parts.size()) {
    target.ns = parts[at + 1];
    at += 2;
  }
  target.plural = parts[at];
  if (at + 1 < parts.size()) target.name = parts[at + 1];
  target.resource = find_resource(target.group, target.version, target.plural);
  for (std::size_t i = at + 2; i < parts.size(); ++i) {
    target.plural += "/" + parts[i];
    target.resource = nullptr;  // no subresource is served
  }
  if (target.resource != nullptr && target.resource->namespaced == target.ns.empty() &&
      (!target.name.empty() || !target.resource->namespaced)) {
    target.resource = nullptr;  // a namespaced object without its namespace, or the reverse
  }
  if (target.resource != nullptr && target.resource->kind == "Namespace") {
    target.ns = target.name;  // a Namespace lies in itself, as the real server's authorizer sees it
  }
  return true;
}

}  // namespace

const std::vector<Resource>& resources() {
  static const std::vector<Resource> kResources = {
      {"leases", "lease", "coordination.k8s.io", "v1", "Lease", "", true, true, false},
      {"endpoints", "endpoints", "", "v1", "Endpoints", "ep", true, true, true,
       "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"},
      {"configmaps", "configmap", "", "v1", "ConfigMap", "cm", true, false, true},
      {"events", "event", "", "v1", "Event", "ev", true, true, true},
      {"pods", "pod", "", "v1", "Pod", "po", true, false, true},
      {"namespaces", "namespace", "", "v1", "Namespace", "ns", false, false, true},
      // kube-scheduler, the candidate that is not ours, lists and watches these before it stands
      // for election.
      {"nodes", "node", "", "v1", "Node", "no", false, false, true},
      {"services", "service", "", "v1", "Service", "svc", true, false, true},
      {"replicationcontrollers", "", "", "v1", "ReplicationController", "rc", true, false, true},
      {"persistentvolumes", "", "", "v1", "PersistentVolume", "pv", false, false, true},
      {"persistentvolumeclaims", "", "", "v1", "PersistentVolumeClaim", "pvc", true, false, true},
      {"statefulsets", "statefulset", "apps", "v1", "StatefulSet", "sts", true, false, true},
      {"replicasets", "replicaset", "apps", "v1", "ReplicaSet", "rs", true, false, true},
      {"poddisruptionbudgets", "", "policy", "v1beta1", "PodDisruptionBudget", "pdb", true, false,
       false},
      {"storageclasses", "", "storage.k8s.io", "v1", "StorageClass", "sc", false, false, true},
      {"csinodes", "csinode", "storage.k8s.io", "v1", "CSINode", "", false, false, true},
  };
  return kResources;
}

const Resource* find_resource(std::string_view group, std::string_view version,
                              std::string_view plural) {
  for (const Resource& resource : resources()) {
    if (resource.group == group && resource.version == version && resource.plural == plural) {
      return &resource;
    }
  }
  return nullptr;
}

std::string api_version(const Resource& resource) {
  if (resource.group.empty()) return std::string(resource.version);
  return std::string(resource.group) + "/" + std::string(resource.version);
}

std::string qualified_resource(const Resource& resource) {
  if (resource.group.empty()) return std::string(resource.plural);
  return std::string(resource.plural) + "." + std::string(resource.group);
}

std::string qualified_kind(const Resource& resource) {
  if (resource.group.empty()) return std::string(resource.kind);
  return std::string(resource.kind) + "." + std::string(resource.group);
}

Target parse_target(std::string_view method, std::string_view path, bool watch) {
  Target target;
  target.path = path;
  const std::vector<std::string> parts = split_path(path);
  std::size_t at = 0;
  if (parts.size() >= 2 && parts[0] == "api") {
    target.version = parts[1];
    at = 2;
  } else if (parts.size() >= 3 && parts[0] == "apis") {
    target.group = parts[1];
    target.version = parts[2];
    at = 3;
  }
  if (at != 0 && read_resource(parts, at, target)) {
    target.is_resource = true;
    target.verb = resource_verb(method, !target.name.empty(), watch && target.name.empty());
    return target;
  }
  for (const char c : method) {
    target.verb += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return target;
}

std::string counter_verb(const Target& target) {
  const std::string& verb = target.verb;
  if (verb == "create") return "POST";
  if (verb == "update") return "PUT";
  if (verb == "deletecollection") return "DELETE";
  std::string upper;
  for (const char c : verb) {
    upper += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return upper;
}

}  // namespace elector::tests::apiserver
