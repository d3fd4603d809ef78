// SPDX-License-Identifier: Apache-2.0
// Which user may do what, and the text of a refusal.
#include <doctest/doctest.h>

#include <string>

#include "tests/unit/apiserver/world.h"

namespace elector::tests::apiserver {
namespace {

unsigned code_as(World& world, const std::string& user, const std::string& method,
                 const std::string& path, const std::string& body = "") {
  return world.send(method, path, body, "application/json", user + "-token").code;
}

TEST_CASE("the four users have the permissions that their names imply") {
  World world;
  world.post(kLeases, lease("a"));
  struct Row {
    const char* user;
    unsigned get, list, watch, create, update, remove;
  };
  for (const Row& row :
       {Row{"admin", 200, 200, 200, 201, 409, 200}, Row{"member", 200, 403, 200, 201, 409, 403},
        Row{"polling", 200, 403, 403, 201, 409, 403},
        Row{"nobody", 403, 403, 403, 403, 403, 403}}) {
    CAPTURE(row.user);
    world.send("DELETE", kLeases + "/new");
    CHECK(code_as(world, row.user, "GET", kLeases + "/x") == row.get);
    CHECK(code_as(world, row.user, "GET", kLeases) == row.list);
    CHECK(code_as(world, row.user, "GET", kLeases + "?watch=1&fieldSelector=metadata.name=x") ==
          row.watch);
    CHECK(code_as(world, row.user, "POST", kLeases, lease("a", "", "new")) == row.create);
    CHECK(code_as(world, row.user, "PUT", kLeases + "/x", lease("a", "1")) == row.update);
    CHECK(code_as(world, row.user, "DELETE", kLeases + "/new") == row.remove);
  }
  CHECK(code_as(world, "member", "GET", kConfigMaps + "/x") == 403);
  CHECK(code_as(world, "member", "GET", "/apis/coordination.k8s.io/v1/namespaces/other/leases/x") ==
        403);
}

TEST_CASE("a refusal names user, verb, resource and namespace") {
  World world;
  const auto refusal = [&](const std::string& method, const std::string& path) {
    return message_of(world.send(method, path, "{}", "application/json", "nobody-token"));
  };
  CHECK(refusal("GET", kLeases + "/x") ==
        "leases.coordination.k8s.io \"x\" is forbidden: User \"nobody\" cannot get resource "
        "\"leases\" in API group \"coordination.k8s.io\" in the namespace \"default\"");
  CHECK(refusal("GET", "/apis/coordination.k8s.io/v1/leases") ==
        "leases.coordination.k8s.io is forbidden: User \"nobody\" cannot list resource \"leases\" "
        "in API group \"coordination.k8s.io\" at the cluster scope");
  CHECK(refusal("POST", kConfigMaps) ==
        "configmaps is forbidden: User \"nobody\" cannot create resource \"configmaps\" in API "
        "group \"\" in the namespace \"default\"");
  CHECK(refusal("GET", "/foo") == "forbidden: User \"nobody\" cannot get path \"/foo\"");
}

TEST_CASE("bad credentials are a 401, none are the anonymous user's 403") {
  World world;
  const Reply bad = world.send("GET", kLeases + "/x", "", "", "wrong");
  CHECK(bad.code == 401);
  CHECK(bad.body ==
        "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\","
        "\"message\":\"Unauthorized\",\"reason\":\"Unauthorized\",\"code\":401}\n");
  const Reply none = world.send("GET", kLeases + "/x", "", "", "");
  CHECK(none.code == 403);
  CHECK(message_of(none).find("User \"system:anonymous\" cannot get") != std::string::npos);
  CHECK(world.send("GET", "/healthz", "", "", "").code == 200);
  CHECK(world.send("GET", "/apis", "", "", "").code == 403);
}

TEST_CASE("basic auth knows the same users") {
  World world;
  world.headers = {
      {"Authorization", "Basic bWVtYmVyOm1lbWJlci1wYXNzd29yZA=="}};  // member:member-password
  CHECK(world.send("GET", kLeases + "/x", "", "", "").code == 404);
  world.headers = {{"Authorization", "Basic bWVtYmVyOndyb25n"}};  // member:wrong
  CHECK(world.send("GET", kLeases + "/x", "", "", "").code == 401);
}

TEST_CASE("a client certificate's name is the user, its organisations are the groups") {
  World world;
  Request request;
  request.path = kLeases + "/x";
  request.certificate = Identity{"anyone", {"system:masters"}};
  CHECK(world.server.handle(request).code == 404);
  request.certificate = Identity{"anyone", {"others"}};
  CHECK(world.server.handle(request).code == 403);
  request.certificate = Identity{};  // shown, but not to be verified
  CHECK(world.server.handle(request).code == 401);
  request.headers = {{"Authorization", "Bearer member-token"}};
  CHECK(world.server.handle(request).code == 404);
}

TEST_CASE("the admin may act for others, the member may not") {
  World world;
  world.headers = {{"Impersonate-User", "polling"}};
  CHECK(code_as(world, "admin", "GET", kLeases + "/x") == 404);
  CHECK(code_as(world, "admin", "GET", kLeases) == 403);
  const Reply refused = world.send("GET", kLeases, "", "", "member-token");
  CHECK(message_of(refused) ==
        "users \"polling\" is forbidden: User \"member\" cannot impersonate resource \"users\" in "
        "API group \"\" at the cluster scope");
  world.headers.emplace_back("Impersonate-Group", "system:masters");
  CHECK(code_as(world, "admin", "GET", kLeases) == 200);
  world.headers = {{"Impersonate-Group", "system:masters"}};
  CHECK(code_as(world, "admin", "GET", kLeases) == 500);
}

TEST_CASE("tokens are added, limited to names, replaced and revoked on command") {
  World world;
  const std::string tokens =
      R"([{"token":"sa-token","user":"system:serviceaccount:default:elector","rules":[)"
      R"({"apiGroups":["coordination.k8s.io"],"resources":["leases"],"verbs":["get","watch"],)"
      R"("namespaces":["default"],"resourceNames":["x"]}]}])";
  CHECK(world.send("POST", "/_control/tokens", tokens).code == 200);
  world.post(kLeases, lease("a"));
  CHECK(code_as(world, "sa", "GET", kLeases + "/x") == 200);
  CHECK(code_as(world, "sa", "GET", kLeases + "/y") == 403);
  // A watch narrowed to the name is a watch on the name.
  CHECK(code_as(world, "sa", "GET", kLeases + "?watch=1&fieldSelector=metadata.name=x") == 200);
  CHECK(code_as(world, "sa", "GET", kLeases + "?watch=1") == 403);
  world.send("POST", "/_control/tokens",
             R"([{"token":"sa-token","revoke":true},{"token":"sb-token",)"
             R"("user":"system:serviceaccount:default:elector"}])");
  CHECK(code_as(world, "sa", "GET", kLeases + "/x") == 401);
  CHECK(code_as(world, "sb", "GET", kLeases + "/x") == 200);
  CHECK(world.send("POST", "/_control/tokens", "[{}]").code == 400);
}

}  // namespace
}  // namespace elector::tests::apiserver
