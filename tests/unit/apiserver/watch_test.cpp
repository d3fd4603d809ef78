// SPDX-License-Identifier: Apache-2.0
// Watches: where they begin, what they send, how they end.
#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "tests/unit/apiserver/world.h"

namespace elector::tests::apiserver {
namespace {

using std::chrono::seconds;

TEST_CASE("a watch without a version begins with the existing objects") {
  World world;
  world.post(kLeases, lease("a"));
  const Reply bare = world.get(kLeases + "?watch=1");
  const Reply zero = world.get(kLeases + "?watch=true&resourceVersion=0");
  CHECK(events_of(bare) == "ADDED x");
  CHECK(events_of(zero) == "ADDED x");
  world.send("DELETE", kLeases + "/x");
  CHECK(events_of(bare) == "DELETED x");
}

TEST_CASE("a watch from a version sends everything after it, once") {
  World world;
  const std::string first = version_of(world.post(kLeases, lease("a")));
  const std::string second = version_of(world.put(kLeases + "/x", lease("b", first)));
  const Reply watch = world.get(kLeases + "?watch=1&resourceVersion=" + first);
  CHECK(events_of(watch) == "MODIFIED x");
  world.put(kLeases + "/x", lease("c", second));
  CHECK(events_of(watch) == "MODIFIED x");
  CHECK(events_of(watch).empty());
}

TEST_CASE("a watch minds its namespace, its resource and its selector") {
  World world;
  const Reply watch = world.get(kLeases + "?watch=1&fieldSelector=metadata.name=x");
  world.post(kLeases, lease("a", "", "other"));
  world.post("/apis/coordination.k8s.io/v1/namespaces/elsewhere/leases", lease("a"));
  world.post(kConfigMaps, R"({"metadata":{"name":"x"}})");
  CHECK(events_of(watch).empty());
  world.post(kLeases, lease("a"));
  CHECK(events_of(watch) == "ADDED x");
}

TEST_CASE("an object that begins or ceases to match is added or deleted") {
  World world;
  const Reply watch = world.get(kLeases + "?watch=1&labelSelector=app=one");
  world.post(kLeases, R"({"metadata":{"name":"x","labels":{"app":"two"}}})");
  const auto relabel = [&](const char* app) {
    world.send("PATCH", kLeases + "/x",
               std::string(R"({"metadata":{"labels":{"app":")") + app + R"("}}})",
               "application/merge-patch+json");
  };
  CHECK(events_of(watch).empty());
  relabel("one");
  CHECK(events_of(watch) == "ADDED x");
  relabel("two");
  const std::string line = watch.watch->take();
  CHECK(line.find("\"DELETED\"") != std::string::npos);
  CHECK(line.find("\"app\":\"one\"") != std::string::npos);  // the last state that matched
  world.send("DELETE", kLeases + "/x");
  CHECK(events_of(watch).empty());
}

TEST_CASE("a version that is gone is reported in the stream, which then ends") {
  World world;
  const std::string old = version_of(world.post(kLeases, lease("a")));
  world.put(kLeases + "/x", lease("b", old));
  world.send("POST", "/_control/compact");
  const Reply watch = world.get(kLeases + "?watch=1&resourceVersion=" + old);
  CHECK(watch.code == 200);
  const std::string line = watch.watch->take();
  CHECK(line.find(R"("type":"ERROR")") != std::string::npos);
  CHECK(line.find(R"("reason":"Expired","code":410)") != std::string::npos);
  CHECK(line.find("too old resource version: " + old) != std::string::npos);
  CHECK(watch.watch->ended());
}

TEST_CASE("history is as long as configured") {
  ServerOptions options;
  options.history = 2;
  World world(options);
  std::string version = version_of(world.post(kLeases, lease("a")));
  const std::string first = version;
  for (const char* holder : {"b", "c", "d"}) {
    version = version_of(world.put(kLeases + "/x", lease(holder, version)));
  }
  CHECK(events_of(world.get(kLeases + "?watch=1&resourceVersion=" + first)) == "ERROR");
  const std::string recent = std::to_string(std::stoull(version) - 2);
  CHECK(events_of(world.get(kLeases + "?watch=1&resourceVersion=" + recent)) ==
        "MODIFIED x MODIFIED x");
}

TEST_CASE("a watch from a future version is silent until that version") {
  World world;
  const std::string version = version_of(world.post(kLeases, lease("a")));
  const std::string future = std::to_string(std::stoull(version) + 2);
  const Reply watch = world.get(kLeases + "?watch=1&resourceVersion=" + future);
  std::string last = version;
  for (const char* holder : {"b", "c"}) {
    last = version_of(world.put(kLeases + "/x", lease(holder, last)));
  }
  CHECK(last == future);
  CHECK(events_of(watch).empty());
  world.put(kLeases + "/x", lease("d", last));
  CHECK(events_of(watch) == "MODIFIED x");
}

TEST_CASE("bookmarks come in time and at the end, to clients that asked for them") {
  World world;
  const Reply with = world.get(kLeases + "?watch=1&allowWatchBookmarks=true&timeoutSeconds=20");
  const Reply without = world.get(kLeases + "?watch=1&timeoutSeconds=20");
  const auto now = Clock::now();
  world.server.tick(now);
  CHECK(events_of(with).empty());
  world.server.tick(now + seconds(6));
  CHECK(events_of(with) == "BOOKMARK");
  CHECK(events_of(without).empty());
  world.server.tick(now + seconds(21));
  CHECK(events_of(with) == "BOOKMARK");
  CHECK(events_of(without).empty());
  CHECK(with.watch->ended());
  CHECK(without.watch->ended());
}

TEST_CASE("watches stall, resume, repeat themselves and end on command") {
  World world;
  const Reply watch = world.get(kLeases + "?watch=1");
  const auto order = [&](const char* action) {
    return world.send("POST", std::string("/_control/watches?action=") + action).body;
  };
  CHECK(order("stall") == "1\n");
  world.post(kLeases, lease("a"));
  CHECK(events_of(watch).empty());
  CHECK(order("resume") == "1\n");
  CHECK(events_of(watch) == "ADDED x");
  CHECK(order("replay") == "1\n");
  CHECK(events_of(watch) == "ADDED x");
  CHECK(order("nonsense").find("action is one of") == 0);
  CHECK(order("gone") == "1\n");
  CHECK(events_of(watch) == "ERROR");
  CHECK(watch.watch->ended());
  CHECK(order("end") == "0\n");
}

TEST_CASE("a watch repeats its last eight events, from the oldest on") {
  World world;
  const Reply watch = world.get(kLeases + "?watch=1");
  const std::string replay = "/_control/watches?action=replay";
  CHECK(world.send("POST", replay).body == "1\n");
  CHECK(events_of(watch).empty());
  for (const char* name : {"l1", "l2", "l3", "l4", "l5", "l6", "l7", "l8", "l9"}) {
    world.post(kLeases, lease("a", "", name));
  }
  const std::string lines = watch.watch->take();
  const std::string last = lines.substr(lines.find('\n') + 1);
  // A repetition is not a separate event: the second time the same events come.
  for (int time = 0; time < 2; ++time) {
    CHECK(world.send("POST", replay).body == "1\n");
    CHECK(watch.watch->take() == last);
  }
}

TEST_CASE("a watching client is identified by name") {
  World world;
  const Reply watch = world.get(kLeases + "?watch=1&fieldSelector=metadata.name=x");
  CHECK(world.get("/_control/watches").body ==
        "{\"resource\":\"leases\",\"namespace\":\"default\",\"name\":\"x\",\"user\":\"admin\","
        "\"stalled\":false}\n");
}

TEST_CASE("only the first event of a watched Table describes its columns") {
  World world;
  world.headers = {{"Accept", "application/json;as=Table;v=v1;g=meta.k8s.io"}};
  world.post(kLeases, lease("a"));
  world.post(kLeases, lease("b", "", "y"));
  const Reply watch = world.get(kLeases + "?watch=1");
  const std::string lines = watch.watch->take();
  const std::string second = lines.substr(lines.find('\n') + 1);
  CHECK(lines.find(R"("name":"Holder")") != std::string::npos);
  CHECK(second.find(R"("name":"Holder")") == std::string::npos);
  CHECK(second.find(R"("cells":["y","b",)") != std::string::npos);
}

}  // namespace
}  // namespace elector::tests::apiserver
