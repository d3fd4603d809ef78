// SPDX-License-Identifier: Apache-2.0
// What the server publishes about itself.
#include "tests/apiserver/discovery.h"

#include <algorithm>
#include <vector>

#include "tests/apiserver/json.h"
#include "tests/apiserver/resource.h"

namespace elector::tests::apiserver {
namespace {

constexpr const char* kVersion =
    R"({"major":"1","minor":"33","gitVersion":"v1.33.0-elector-test","gitCommit":"",)"
    R"("gitTreeState":"","buildDate":"","goVersion":"","compiler":"","platform":"linux"})";

Reply json(const std::string& body) {
  Reply reply;
  reply.body = body + "\n";
  return reply;
}

// The path below which a resource lives, without the first slash: "api/v1" or "apis/GROUP/VERSION".
std::string root_of(const Resource& resource) {
  return (resource.group.empty() ? "api/" : "apis/") + api_version(resource);
}

// One resource of each group, in the order of the table; each group has one version.
std::vector<const Resource*> one_of_each_group() {
  std::vector<const Resource*> found;
  for (const Resource& resource : resources()) {
    const bool known = std::any_of(found.begin(), found.end(), [&](const Resource* one) {
      return one->group == resource.group;
    });
    if (!known) found.push_back(&resource);
  }
  return found;
}

// The members that an APIGroup has beside its kind.
std::string group_members(const Resource& one) {
  const std::string version =
      "{\"groupVersion\":" + quoted(api_version(one)) + ",\"version\":" + quoted(one.version) + "}";
  return "\"name\":" + quoted(one.group) + ",\"versions\":[" + version +
         "],\"preferredVersion\":" + version + "}";
}

std::string group_list() {
  std::string out;
  for (const Resource* one : one_of_each_group()) {
    if (!one->group.empty()) out += (out.empty() ? "{" : ",{") + group_members(*one);
  }
  return R"({"kind":"APIGroupList","apiVersion":"v1","groups":[)" + out + "]}";
}

std::string resource_list(const Resource& one) {
  std::string out;
  for (const Resource& resource : resources()) {
    if (resource.group != one.group) continue;
    out += out.empty() ? "" : ",";
    out +=
        "{\"name\":" + quoted(resource.plural) + ",\"singularName\":" + quoted(resource.singular) +
        ",\"namespaced\":" + (resource.namespaced ? "true" : "false") +
        ",\"kind\":" + quoted(resource.kind) +
        R"(,"verbs":["create","delete","deletecollection","get","list","patch","update","watch"])";
    if (!resource.short_name.empty()) {
      out += ",\"shortNames\":[" + quoted(resource.short_name) + "]";
    }
    out += "}";
  }
  return R"({"kind":"APIResourceList","apiVersion":"v1","groupVersion":)" +
         quoted(api_version(one)) + ",\"resources\":[" + out + "]}";
}

// As much of an OpenAPI document as kubectl looks at before it leaves validation to the server:
// that PATCH of each kind takes the parameter fieldValidation.
std::string openapi(const Resource& one) {
  std::string paths;
  for (const Resource& resource : resources()) {
    if (resource.group != one.group) continue;
    paths += paths.empty() ? "" : ",";
    paths +=
        quoted("/" + root_of(resource) + (resource.namespaced ? "/namespaces/{namespace}/" : "/") +
               std::string(resource.plural) + "/{name}") +
        R"(:{"patch":{"responses":{"200":{"description":"OK"}},"parameters":[)"
        R"({"name":"fieldValidation","in":"query","schema":{"type":"string"}},)"
        R"({"name":"dryRun","in":"query","schema":{"type":"string"}}],)"
        R"("x-kubernetes-group-version-kind":{"group":)" +
        quoted(resource.group) + ",\"version\":" + quoted(resource.version) +
        ",\"kind\":" + quoted(resource.kind) + "}}}";
  }
  return R"({"openapi":"3.0.0","info":{"title":"elector test API","version":"v1"},"paths":{)" +
         paths + "},\"components\":{\"schemas\":{}}}";
}

std::string openapi_index() {
  std::string out;
  for (const Resource* one : one_of_each_group()) {
    const std::string root = root_of(*one);
    out += (out.empty() ? "" : ",") + quoted(root) +
           ":{\"serverRelativeURL\":" + quoted("/openapi/v3/" + root) + "}";
  }
  return "{\"paths\":{" + out + "}}";
}

}  // namespace

std::optional<Reply> discover(const std::string& full_path, const std::string& address) {
  std::string path = full_path;
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  for (const char* health : {"/healthz", "/livez", "/readyz"}) {
    if (path != health && !path.starts_with(std::string(health) + "/")) continue;
    Reply reply;
    reply.type = "text/plain; charset=utf-8";
    reply.body = "ok";
    return reply;
  }
  if (path == "/version") return json(kVersion);
  if (path == "/api") {
    return json(R"({"kind":"APIVersions","versions":["v1"],"serverAddressByClientCIDRs":[)"
                R"({"clientCIDR":"0.0.0.0/0","serverAddress":)" +
                quoted(address) + "}]}");
  }
  if (path == "/apis") return json(group_list());
  if (path == "/openapi/v3") return json(openapi_index());
  for (const Resource* one : one_of_each_group()) {
    if (path == "/" + root_of(*one)) return json(resource_list(*one));
    if (path == "/openapi/v3/" + root_of(*one)) return json(openapi(*one));
    if (!one->group.empty() && path == "/apis/" + std::string(one->group)) {
      return json(R"({"kind":"APIGroup","apiVersion":"v1",)" + group_members(*one));
    }
  }
  return std::nullopt;
}

}  // namespace elector::tests::apiserver
