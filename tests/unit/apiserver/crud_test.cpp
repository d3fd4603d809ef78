// SPDX-License-Identifier: Apache-2.0
// Writes: versions, conflicts, no-ops and refusals, in the real server's words.
#include <doctest/doctest.h>

#include <string>

#include "tests/unit/apiserver/world.h"

namespace elector::tests::apiserver {
namespace {

TEST_CASE("a created object has a uid, a version and a time, and exists") {
  World world;
  const Reply made = world.post(kLeases, lease("a"));
  CHECK(made.code == 201);
  const Json object = std::move(*parse_json(made.body));
  CHECK(text_at(object, {"kind"}) == "Lease");
  CHECK(text_at(object, {"apiVersion"}) == "coordination.k8s.io/v1");
  CHECK(text_at(object, {"metadata", "namespace"}) == "default");
  CHECK(text_at(object, {"metadata", "uid"}).size() == 36);
  CHECK(text_at(object, {"metadata", "creationTimestamp"}).size() == 20);
  CHECK(world.get(kLeases + "/x").body == made.body);
}

TEST_CASE("a second creation of one name is refused") {
  World world;
  world.post(kLeases, lease("a"));
  const Reply again = world.post(kLeases, lease("b"));
  CHECK(again.code == 409);
  CHECK(message_of(again) == "leases.coordination.k8s.io \"x\" already exists");
}

TEST_CASE("a name is made from generateName") {
  World world;
  const Reply made = world.post(kLeases, R"({"metadata":{"generateName":"run-"}})");
  CHECK(made.code == 201);
  const std::string name = text_at(*parse_json(made.body), {"metadata", "name"});
  CHECK(name.size() == 9);
  CHECK(name.starts_with("run-"));
}

TEST_CASE("a replacement with the version that was read succeeds, one with an older conflicts") {
  World world;
  const std::string first = version_of(world.post(kLeases, lease("a")));
  const Reply second = world.put(kLeases + "/x", lease("b", first));
  CHECK(second.code == 200);
  CHECK(std::stoull(version_of(second)) > std::stoull(first));
  const Reply late = world.put(kLeases + "/x", lease("c", first));
  CHECK(late.code == 409);
  CHECK(message_of(late) ==
        "Operation cannot be fulfilled on leases.coordination.k8s.io \"x\": the object has been "
        "modified; please apply your changes to the latest version and try again");
}

TEST_CASE("a replacement that changes nothing keeps the version and sends no watch event") {
  World world;
  const std::string first = version_of(world.post(kLeases, lease("a")));
  const Reply watch = world.get(kLeases + "?watch=1&resourceVersion=" + first);
  const Reply same = world.put(kLeases + "/x", lease("a", first));
  CHECK(same.code == 200);
  CHECK(version_of(same) == first);
  CHECK(events_of(watch).empty());
  // Nulls, empty maps and managedFields are nothing.
  CHECK(version_of(world.put(kLeases + "/x",
                             R"({"metadata":{"name":"x","resourceVersion":")" + first +
                                 R"(","labels":{},"annotations":null,"managedFields":[{}]},)"
                                 R"("spec":{"holderIdentity":"a","renewTime":null}})")) == first);
}

TEST_CASE("a Lease needs a version to be replaced, Endpoints and ConfigMaps do not") {
  World world;
  world.post(kLeases, lease("a"));
  const Reply refused = world.put(kLeases + "/x", lease("b"));
  CHECK(refused.code == 422);
  CHECK(message_of(refused) ==
        "leases.coordination.k8s.io \"x\" is invalid: metadata.resourceVersion: Invalid value: "
        "0x0: must be specified for an update");
  CHECK(world.put(kLeases + "/x", lease("b", "0")).code == 422);
  for (const std::string& path : {kConfigMaps, kEndpoints}) {
    world.post(path, R"({"metadata":{"name":"y"}})");
    const Reply put = world.put(path + "/y", R"({"metadata":{"name":"y","labels":{"a":"b"}}})");
    CHECK(put.code == 200);
  }
}

TEST_CASE("a replacement of a missing object creates a Lease or Endpoints, but no ConfigMap") {
  World world;
  CHECK(world.put(kLeases + "/x", lease("a", "3")).code == 201);
  CHECK(world.put(kEndpoints + "/x", R"({"metadata":{"name":"x","resourceVersion":"3"}})").code ==
        201);
  const Reply missing = world.put(kConfigMaps + "/x", R"({"metadata":{"name":"x"}})");
  CHECK(missing.code == 404);
  CHECK(message_of(missing) == "configmaps \"x\" not found");
}

TEST_CASE("another uid conflicts, also when the object is gone") {
  World world;
  const std::string body = R"({"metadata":{"name":"x","uid":"other","resourceVersion":"5"}})";
  CHECK(world.put(kLeases + "/x", body).code == 409);
  world.post(kLeases, lease("a"));
  const Reply refused = world.put(kLeases + "/x", body);
  CHECK(refused.code == 409);
  CHECK(message_of(refused).find("Precondition failed: UID in precondition: other") !=
        std::string::npos);
}

TEST_CASE("what the API does not take is refused in its words") {
  World world;
  world.post(kLeases, lease("a"));
  struct Row {
    const char* method;
    std::string path;
    const char* body;
    unsigned code;
    const char* words;
  };
  const Row rows[] = {
      {"POST", kLeases, "", 400, "unexpected end of JSON input"},
      {"POST", kLeases, "{\"metadata\":", 400, "json parse error"},
      {"POST", kLeases, "[]", 400, "json parse error"},
      {"POST", kLeases, R"({"kind":"ConfigMap","apiVersion":"v1"})", 400,
       "ConfigMap in version \"v1\" cannot be handled as a Lease"},
      {"POST", kLeases, R"({"metadata":{"name":"A_b"}})", 422, "a lowercase RFC 1123 subdomain"},
      {"POST", kLeases, R"({"metadata":{}})", 422, "name or generateName is required"},
      {"POST", kLeases, R"({"metadata":{"name":"y","resourceVersion":"4"}})", 500,
       "resourceVersion should not be set on objects to be created"},
      {"POST", kLeases, R"({"metadata":{"name":"y","namespace":"other"}})", 400,
       "the namespace of the provided object does not match the namespace sent on the request"},
      {"POST", kLeases, R"({"metadata":{"name":"y"},"spec":{"leaseDurationSeconds":0}})", 422,
       "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0"},
      {"POST", kLeases, R"({"metadata":{"name":"y"},"spec":{"leaseTransitions":-1}})", 422,
       "Invalid value: -1"},
      {"POST", kLeases, R"({"metadata":{"name":"y"},"spec":{"leaseDurationSeconds":"3"}})", 400,
       "LeaseDurationSeconds"},
      {"POST", kLeases, R"({"metadata":{"name":"y","annotations":{"a":3}}})", 400, "Annotations"},
      // A Lease's times have six digits of a second, no more and no fewer.
      {"POST", kLeases, R"({"metadata":{"name":"y"},"spec":{"renewTime":"2021-01-01T00:00:00Z"}})",
       400, "RenewTime"},
      {"POST", kLeases,
       R"({"metadata":{"name":"y"},"spec":{"renewTime":"2021-01-01T00:00:00.1234567Z"}})", 400,
       "RenewTime"},
      {"PUT", kLeases + "/x", R"({"metadata":{"name":"y","resourceVersion":"5"}})", 400,
       "the name of the object (y) does not match the name on the URL (x)"},
      {"PUT", kLeases + "/x", R"({"metadata":{}})", 400, "name must be provided"},
      {"PUT", kLeases + "/x", R"({"metadata":{"name":"x","resourceVersion":"abc"}})", 500,
       "invalid syntax"},
      {"POST", kLeases + "/x", "{}", 405, "the server does not allow this method"},
      {"PUT", kLeases, "{}", 405, "the server does not allow this method"},
      {"GET", kLeases + "/nope", "", 404, "leases.coordination.k8s.io \"nope\" not found"},
      {"GET", kLeases + "/x/status", "", 404, "the server could not find the requested resource"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.body);
    const Reply reply = world.send(row.method, row.path, row.body);
    CHECK(reply.code == row.code);
    CAPTURE(message_of(reply));
    CHECK(message_of(reply).find(row.words) != std::string::npos);
  }
  CHECK(world.send("POST", kLeases, "{}", "text/plain").code == 415);
}

TEST_CASE("times keep their microseconds and are turned to UTC") {
  World world;
  const Reply made = world.post(
      kLeases,
      R"({"metadata":{"name":"x"},"spec":{"renewTime":"2021-01-01T02:00:00.123456+02:00"}})");
  CHECK(text_at(*parse_json(made.body), {"spec", "renewTime"}) == "2021-01-01T00:00:00.123456Z");
}

TEST_CASE("unknown fields are kept as they were sent") {
  World world;
  world.post(kLeases,
             R"({"metadata":{"name":"x"},"spec":{"strategy":{"a":[1,2.5,null]}},"more":1e3})");
  const std::string body = world.get(kLeases + "/x").body;
  CHECK(body.find(R"("strategy":{"a":[1,2.5,null]})") != std::string::npos);
  CHECK(body.find("\"more\":1000.0") != std::string::npos);
}

TEST_CASE("a dry run checks everything and changes nothing") {
  World world;
  CHECK(world.post(kLeases + "?dryRun=All", lease("a")).code == 201);
  CHECK(world.get(kLeases + "/x").code == 404);
  const std::string version = version_of(world.post(kLeases, lease("a")));
  CHECK(world.put(kLeases + "/x?dryRun=All", lease("b", version)).code == 200);
  CHECK(world.send("DELETE", kLeases + "/x?dryRun=All").code == 200);
  CHECK(version_of(world.get(kLeases + "/x")) == version);
}

TEST_CASE("a deletion returns what it removed, and checks its preconditions") {
  World world;
  const Reply made = world.post(kLeases, lease("a"));
  const std::string uid = text_at(*parse_json(made.body), {"metadata", "uid"});
  CHECK(world.send("DELETE", kLeases + "/x", R"({"preconditions":{"uid":"other"}})").code == 409);
  CHECK(world.send("DELETE", kLeases + "/x", R"({"preconditions":{"resourceVersion":"1"}})").code ==
        409);
  const Reply gone = world.send("DELETE", kLeases + "/x");
  CHECK(gone.code == 200);
  const Json status = std::move(*parse_json(gone.body));
  CHECK(text_at(status, {"status"}) == "Success");
  CHECK(text_at(status, {"details", "uid"}) == uid);
  CHECK(world.send("DELETE", kLeases + "/x").code == 404);
}

TEST_CASE("versions go on growing over a deletion") {
  World world;
  const auto first = std::stoull(version_of(world.post(kLeases, lease("a"))));
  world.send("DELETE", kLeases + "/x");
  const auto second = std::stoull(version_of(world.post(kLeases, lease("a"))));
  CHECK(second == first + 2);
}

TEST_CASE("a collection is deleted by its selector") {
  World world;
  for (const char* name : {"a", "b", "c"}) world.post(kLeases, lease("h", "", name));
  CHECK(world.send("DELETE", kLeases + "?fieldSelector=metadata.name!=b").code == 200);
  CHECK(world.get(kLeases + "/a").code == 404);
  CHECK(world.get(kLeases + "/b").code == 200);
}

TEST_CASE("patches of all three kinds apply") {
  World world;
  world.post(kLeases, lease("a"));
  const auto patch = [&](const char* type, const std::string& body) {
    return world.send("PATCH", kLeases + "/x", body, std::string("application/") + type + "+json");
  };
  CHECK(patch("merge-patch", R"({"metadata":{"labels":{"a":"b"}},"spec":{"leaseTransitions":3}})")
            .body.find(R"("labels":{"a":"b"})") != std::string::npos);
  const Reply json =
      patch("json-patch", R"([{"op":"test","path":"/spec/holderIdentity","value":"a"},)"
                          R"({"op":"add","path":"/metadata/annotations","value":{"x/y":"z"}},)"
                          R"({"op":"replace","path":"/metadata/annotations/x~1y","value":"w"},)"
                          R"({"op":"remove","path":"/spec/leaseTransitions"}])");
  CHECK(json.code == 200);
  CHECK(json.body.find(R"("annotations":{"x/y":"w"})") != std::string::npos);
  CHECK(json.body.find("leaseTransitions") == std::string::npos);
  const Reply strategic =
      patch("strategic-merge-patch", R"({"metadata":{"labels":{"$patch":"replace","c":"d"}}})");
  CHECK(strategic.body.find(R"("labels":{"c":"d"})") != std::string::npos);
}

TEST_CASE("a patch may null what the server sets, as kubectl apply does") {
  World world;
  const Reply made = world.post(kLeases, lease("a"));
  const Reply patched =
      world.send("PATCH", kLeases + "/x",
                 R"({"metadata":{"uid":null,"resourceVersion":null,"creationTimestamp":null},)"
                 R"("spec":{"holderIdentity":"b"}})",
                 "application/strategic-merge-patch+json");
  CHECK(patched.code == 200);
  const Json before = std::move(*parse_json(made.body));
  const Json after = std::move(*parse_json(patched.body));
  for (const char* name : {"uid", "creationTimestamp"}) {
    CHECK(text_at(after, {"metadata", name}) == text_at(before, {"metadata", name}));
  }
}

TEST_CASE("a patch that does not fit changes nothing") {
  World world;
  const std::string version = version_of(world.post(kLeases, lease("a")));
  const auto patch = [&](const char* type, const std::string& body) {
    return world.send("PATCH", kLeases + "/x", body, type).code;
  };
  CHECK(patch("application/json-patch+json",
              R"([{"op":"test","path":"/spec/holderIdentity","value":"z"}])") == 422);
  CHECK(patch("application/merge-patch+json", R"({"metadata":{"resourceVersion":"1"}})") == 409);
  CHECK(patch("application/merge-patch+json", R"({"metadata":{"name":"y"}})") == 400);
  CHECK(patch("application/merge-patch+json", R"({"spec":{"leaseDurationSeconds":-1}})") == 422);
  CHECK(patch("application/merge-patch+json", R"({"spec":{"leaseDurationSeconds":"x"}})") == 422);
  CHECK(patch("application/apply-patch+yaml", "{}") == 415);
  CHECK(version_of(world.get(kLeases + "/x")) == version);
}

TEST_CASE("a body that is nested too deeply is refused, not read to the end of the stack") {
  World world;
  const std::string open(1'000'000, '[');
  const std::string close(1'000'000, ']');
  const Reply deep =
      world.post(kLeases, R"({"metadata":{"name":"x"},"spec":{"a":)" + open + close + "}}");
  CHECK(deep.code == 400);
  CHECK(message_of(deep).find("exceeded max depth") != std::string::npos);
}

TEST_CASE("an object may be large, but not larger than etcd takes") {
  World world;
  const auto with_note = [](std::size_t size) {
    return R"({"metadata":{"name":"x"},"note":")" + std::string(size, 'x') + "\"}";
  };
  CHECK(world.post(kEndpoints, with_note(1'400'000)).code == 201);
  CHECK(world.post(kLeases, with_note(1'600'000)).code == 500);
  CHECK(world.post(kLeases, with_note(3'200'000)).code == 413);
}

}  // namespace
}  // namespace elector::tests::apiserver
