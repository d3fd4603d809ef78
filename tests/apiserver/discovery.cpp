// What the server tells of itself.
#include "tests/apiserver/discovery.h"

#include "tests/apiserver/json.h"
#include "tests/apiserver/resource.h"

namespace elector::tests::apiserver {
namespace {

constexpr const char* kVersion =
    R"({"major":"1","minor":"32","gitVersion":"v1.32.0-elector-test","gitCommit":"","gitTreeState":"","buildDate":"","goVersion":"","compiler":"","platform":"linux"})";

constexpr const char* kCoordination =
    R"("name":"coordination.k8s.io","versions":[{"groupVersion":"coordination.k8s.io/v1","version":"v1"}],"preferredVersion":{"groupVersion":"coordination.k8s.io/v1","version":"v1"}})";

Reply json(const std::string& body) {
  Reply reply;
  reply.body = body + "\n";
  return reply;
}

std::string resource_list(std::string_view group, std::string_view version) {
  std::string out;
  for (const Resource& resource : resources()) {
    if (resource.group != group) continue;
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
  const std::string group_version =
      group.empty() ? std::string(version) : std::string(group) + "/" + std::string(version);
  return R"({"kind":"APIResourceList","apiVersion":"v1","groupVersion":)" + quoted(group_version) +
         ",\"resources\":[" + out + "]}";
}

// As much of an OpenAPI document as kubectl looks at before it leaves validation to the server:
// that PATCH of each kind takes the parameter fieldValidation.
std::string openapi(std::string_view group, std::string_view version) {
  std::string paths;
  for (const Resource& resource : resources()) {
    if (resource.group != group) continue;
    paths += paths.empty() ? "" : ",";
    paths +=
        quoted((group.empty() ? "/api/" : "/apis/" + std::string(group) + "/") +
               std::string(version) + (resource.namespaced ? "/namespaces/{namespace}/" : "/") +
               std::string(resource.plural) + "/{name}") +
        R"(:{"patch":{"responses":{"200":{"description":"OK"}},"parameters":[)"
        R"({"name":"fieldValidation","in":"query","schema":{"type":"string"}},)"
        R"({"name":"dryRun","in":"query","schema":{"type":"string"}}],)"
        R"("x-kubernetes-group-version-kind":{"group":)" +
        quoted(group) + ",\"version\":" + quoted(version) + ",\"kind\":" + quoted(resource.kind) +
        "}}}";
  }
  return R"({"openapi":"3.0.0","info":{"title":"elector test API","version":"v1"},"paths":{)" +
         paths + "},\"components\":{\"schemas\":{}}}";
}

}  // namespace

std::optional<Reply> discover(const std::string& full_path, const std::string& address) {
  std::string path = full_path;
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  for (const char* health : {"/healthz", "/livez", "/readyz"}) {
    if (path == health || path.starts_with(std::string(health) + "/")) {
      Reply reply;
      reply.type = "text/plain; charset=utf-8";
      reply.body = "ok";
      return reply;
    }
  }
  if (path == "/version") return json(kVersion);
  if (path == "/api") {
    return json(
        R"({"kind":"APIVersions","versions":["v1"],"serverAddressByClientCIDRs":[{"clientCIDR":"0.0.0.0/0","serverAddress":)" +
        quoted(address) + "}]}");
  }
  if (path == "/apis") {
    return json(R"({"kind":"APIGroupList","apiVersion":"v1","groups":[{)" +
                std::string(kCoordination) + "]}");
  }
  if (path == "/apis/coordination.k8s.io") {
    return json(R"({"kind":"APIGroup","apiVersion":"v1",)" + std::string(kCoordination));
  }
  if (path == "/api/v1") return json(resource_list("", "v1"));
  if (path == "/apis/coordination.k8s.io/v1")
    return json(resource_list("coordination.k8s.io", "v1"));
  if (path == "/openapi/v3") {
    return json(
        R"({"paths":{"api/v1":{"serverRelativeURL":"/openapi/v3/api/v1"},"apis/coordination.k8s.io/v1":{"serverRelativeURL":"/openapi/v3/apis/coordination.k8s.io/v1"}}})");
  }
  if (path == "/openapi/v3/api/v1") return json(openapi("", "v1"));
  if (path == "/openapi/v3/apis/coordination.k8s.io/v1") {
    return json(openapi("coordination.k8s.io", "v1"));
  }
  return std::nullopt;
}

}  // namespace elector::tests::apiserver
