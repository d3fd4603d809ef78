// SPDX-License-Identifier: Apache-2.0
// Reads: lists, selectors, pages, Tables, discovery.
#include <doctest/doctest.h>

#include <string>

#include "tests/apiserver/table.h"
#include "tests/unit/apiserver/world.h"

namespace elector::tests::apiserver {
namespace {

// The names in a list, with spaces between.
std::string names_in(const Reply& reply) {
  const auto json = parse_json(reply.body);
  const Value* items = json ? find(*json, {"items"}) : nullptr;
  if (items == nullptr) return "no list: " + reply.body;
  std::string out;
  for (const auto& item : items->GetArray()) {
    out += (out.empty() ? "" : " ") + text_at(item, {"metadata", "name"});
  }
  return out;
}

TEST_CASE("a list holds one namespace or all, in the order of names") {
  World world;
  world.post(kLeases, lease("h", "", "b"));
  world.post(kLeases, lease("h", "", "a"));
  world.post("/apis/coordination.k8s.io/v1/namespaces/other/leases", lease("h", "", "c"));
  CHECK(names_in(world.get(kLeases)) == "a b");
  CHECK(names_in(world.get("/apis/coordination.k8s.io/v1/leases")) == "a b c");
  CHECK(names_in(world.get("/apis/coordination.k8s.io/v1/namespaces/none/leases")).empty());
  const Reply list = world.get(kLeases);
  CHECK(text_at(*parse_json(list.body), {"kind"}) == "LeaseList");
  CHECK(version_of(list) == world.get("/_control/version").body.substr(0, 1));
}

TEST_CASE("selectors pick by name and by labels") {
  World world;
  world.post(kLeases, R"({"metadata":{"name":"a","labels":{"app":"one","tier":"x"}}})");
  world.post(kLeases, R"({"metadata":{"name":"b","labels":{"app":"two"}}})");
  world.post(kLeases, R"({"metadata":{"name":"c"}})");
  struct Row {
    const char* query;
    const char* names;
  };
  const Row rows[] = {
      {"fieldSelector=metadata.name=b", "b"},
      {"fieldSelector=metadata.name==b", "b"},
      {"fieldSelector=metadata.name!=b", "a c"},
      {"fieldSelector=metadata.name=a,metadata.namespace=other", ""},
      {"labelSelector=app=one", "a"},
      {"labelSelector=app!=one", "b c"},
      {"labelSelector=app", "a b"},
      {"labelSelector=!app", "c"},
      {"labelSelector=app in (one, two)", "a b"},
      {"labelSelector=app notin (one),app", "b"},
      {"labelSelector=app in (one,two),tier=x", "a"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.query);
    CHECK(names_in(world.get(kLeases + "?" + row.query)) == row.names);
  }
  CHECK(world.get(kLeases + "?fieldSelector=spec.foo=1").code == 400);
  CHECK(world.get(kLeases + "?fieldSelector=nonsense").code == 400);
  CHECK(world.get(kLeases + "?labelSelector=a===").code == 400);
}

TEST_CASE("a long list comes in pages that show one version") {
  World world;
  for (const char* name : {"a", "b", "c", "d"}) world.post(kLeases, lease("h", "", name));
  const Reply first = world.get(kLeases + "?limit=3");
  CHECK(names_in(first) == "a b c");
  const Json list = std::move(*parse_json(first.body));
  CHECK(number_at(*find(list, {"metadata"}), "remainingItemCount", 0) == 1);
  const std::string token = text_at(list, {"metadata", "continue"});
  world.send("DELETE", kLeases + "/d");
  world.post(kLeases, lease("h", "", "e"));
  const Reply second = world.get(kLeases + "?limit=3&continue=" + token);
  CHECK(names_in(second) == "d");
  CHECK(version_of(second) == version_of(first));
  world.send("POST", "/_control/compact");
  CHECK(world.get(kLeases + "?limit=3&continue=" + token).code == 410);
  CHECK(world.get(kLeases + "?continue=abc").code == 400);
}

TEST_CASE("a version from the future is answered with 504, one in the past is shown on request") {
  World world;
  const std::string version = version_of(world.post(kLeases, lease("a")));
  world.put(kLeases + "/x", lease("b", version));
  const Reply future = world.get(kLeases + "?resourceVersion=999");
  CHECK(future.code == 504);
  CHECK(message_of(future).starts_with("Timeout: Too large resource version: 999, current: "));
  CHECK(world.get(kLeases + "/x?resourceVersion=999").code == 504);
  const Reply past = world.get(kLeases + "?resourceVersionMatch=Exact&resourceVersion=" + version);
  CHECK(past.body.find("\"holderIdentity\":\"a\"") != std::string::npos);
  CHECK(world.get(kLeases + "?resourceVersion=abc").code == 500);
}

TEST_CASE("kubectl gets its columns") {
  World world;
  world.headers = {{"Accept",
                    "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;"
                    "v=v1beta1;g=meta.k8s.io,application/json"}};
  world.post(kLeases, lease("me"));
  const std::string subsets =
      R"({"metadata":{"name":"x"},"subsets":[{"addresses":[{"ip":"1.2.3.4"},{"ip":"1.2.3.5"}],)"
      R"("ports":[{"port":80},{"port":81}]}]})";
  world.post(kEndpoints, subsets);
  world.post(kConfigMaps, R"({"metadata":{"name":"x"},"data":{"a":"b","c":"d"}})");
  CHECK(world.get(kLeases).body.find(R"("cells":["x","me","0s"])") != std::string::npos);
  CHECK(world.get(kLeases + "/x").body.find(R"("cells":["x","me","0s"])") != std::string::npos);
  CHECK(world.get(kLeases).body.find(R"("name":"Holder")") != std::string::npos);
  CHECK(world.get(kEndpoints).body.find("1.2.3.4:80,1.2.3.4:81,1.2.3.5:80 + 1 more...") !=
        std::string::npos);
  CHECK(world.get(kConfigMaps).body.find(R"("cells":["x",2,)") != std::string::npos);
  CHECK(world.get(kLeases + "?includeObject=None").body.find("PartialObjectMetadata") ==
        std::string::npos);
}

TEST_CASE("a client that asks for metadata alone gets it, and an unknown form is not acceptable") {
  World world;
  world.post(kLeases, lease("me"));
  world.headers = {{"Accept", "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"}};
  const Reply list = world.get(kLeases);
  CHECK(text_at(*parse_json(list.body), {"kind"}) == "PartialObjectMetadataList");
  CHECK(list.body.find("holderIdentity") == std::string::npos);
  world.headers = {{"Accept", "text/plain"}};
  CHECK(world.get(kLeases).code == 406);
  world.headers = {{"Accept", "application/vnd.kubernetes.protobuf, */*"}};
  CHECK(world.get(kLeases).code == 200);
}

TEST_CASE("ages read as kubectl prints them") {
  struct Row {
    std::int64_t seconds;
    const char* text;
  };
  for (const Row& row : {Row{5, "5s"}, Row{119, "119s"}, Row{120, "2m"}, Row{259, "4m19s"},
                         Row{3600, "60m"}, Row{4 * 3600 + 60, "4h1m"}, Row{30 * 3600, "30h"},
                         Row{3 * 86400, "3d"}, Row{100 * 86400, "100d"}}) {
    CHECK(age_text(row.seconds) == row.text);
  }
}

TEST_CASE("discovery names the groups, the resources and the health") {
  World world;
  CHECK(world.get("/version").body.find("\"major\":\"1\"") != std::string::npos);
  CHECK(world.get("/api").body.find("\"v1\"") != std::string::npos);
  CHECK(world.get("/apis").body.find("coordination.k8s.io/v1") != std::string::npos);
  CHECK(world.get("/apis/coordination.k8s.io").body.find("APIGroup") != std::string::npos);
  CHECK(world.get("/api/v1").body.find("\"configmaps\"") != std::string::npos);
  CHECK(world.get("/apis/coordination.k8s.io/v1").body.find("\"leases\"") != std::string::npos);
  CHECK(world.get("/openapi/v3/api/v1").body.find("fieldValidation") != std::string::npos);
  for (const char* path : {"/healthz", "/livez", "/readyz"}) CHECK(world.get(path).body == "ok");
  CHECK(world.get("/nope").code == 404);
  CHECK(world.get("/apis/coordination.k8s.io/v1/namespaces/default/nope").code == 404);
}

TEST_CASE(
    "each answer about Endpoints carries the warning of Kubernetes 1.33, a refusal does not") {
  World world;
  const auto warning = [](const Reply& reply) -> std::string {
    for (const auto& [name, value] : reply.headers) {
      if (name == "Warning") return value;
    }
    return "";
  };
  const std::string deprecated =
      "299 - \"v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice\"";
  CHECK(warning(world.get(kEndpoints)) == deprecated);
  CHECK(warning(world.get(kEndpoints + "?watch=true")) == deprecated);
  CHECK(warning(world.get(kEndpoints + "/x")) == deprecated);  // a 404
  CHECK(warning(world.post(kEndpoints, R"({"metadata":{"name":"x"}})")) == deprecated);
  CHECK(warning(world.send("GET", kEndpoints, "", "", "nobody-token")).empty());
  CHECK(warning(world.get(kLeases)).empty());
  CHECK(warning(world.get(kConfigMaps)).empty());
}

TEST_CASE("an answer is pretty when asked") {
  World world;
  world.post(kLeases, lease("me"));
  CHECK(world.get(kLeases + "/x?pretty=true").body.starts_with("{\n  \"kind\": \"Lease\""));
}

}  // namespace
}  // namespace elector::tests::apiserver
