// SPDX-License-Identifier: Apache-2.0
// What tests can order and ask: faults, counters, the log, the state file, protobuf bodies.
#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "tests/apiserver/protobuf.h"
#include "tests/unit/apiserver/world.h"

namespace elector::tests::apiserver {
namespace {

// The action that strikes a GET of lease x, or "none".
bool strikes(Faults& faults, const std::string& verb = "GET", const std::string& user = "u") {
  return faults
      .strike(
          {verb, verb == "GET" ? "get" : "update", "leases", "default", "x", user, kLeases + "/x"})
      .has_value();
}

TEST_CASE("a fault skips the first, then strikes as often as configured") {
  Faults faults;
  CHECK(faults.add(*parse_json(R"([{"verb":"GET","action":"drop","after":1,"count":2}])")).empty());
  CHECK_FALSE(strikes(faults));
  CHECK_FALSE(strikes(faults, "PUT"));
  CHECK(strikes(faults));
  CHECK(strikes(faults));
  CHECK_FALSE(strikes(faults));
  CHECK(faults.describe() ==
        R"([{"verb":"GET","action":"drop","after":1,"count":2,"seen":4,"hits":2}])");
}

TEST_CASE("a fault matches by every word that it gives") {
  struct Row {
    const char* rule;
    bool hit;
  };
  const Row rows[] = {{R"({})", true},
                      {R"({"verbs":["PUT","GET"]})", true},
                      {R"({"verb":"get"})", true},
                      {R"({"verb":"PUT"})", false},
                      {R"({"resource":"leases","namespace":"default","name":"x"})", true},
                      {R"({"resource":"configmaps"})", false},
                      {R"({"name":"y"})", false},
                      {R"({"user":"u"})", true},
                      {R"({"user":"v"})", false},
                      {R"({"path":"/apis/"})", true},
                      {R"({"path":"/api/"})", false},
                      {R"({"watch":false})", true},
                      {R"({"watch":true})", false},
                      {R"({"probability":0})", false},
                      {R"({"probability":1})", true}};
  for (const Row& row : rows) {
    CAPTURE(row.rule);
    Json rules = std::move(*parse_json(std::string("[") + row.rule + "]"));
    set_text(rules, rules[0], "action", "drop");
    Faults faults;
    CHECK(faults.add(rules).empty());
    CHECK(strikes(faults) == row.hit);
  }
}

TEST_CASE("the same seed strikes the same requests") {
  std::string pattern[2];
  for (std::string& hits : pattern) {
    Faults faults;
    faults.add(*parse_json(R"([{"action":"drop","count":-1,"probability":0.5,"seed":7}])"));
    for (int i = 0; i < 64; ++i) hits += strikes(faults) ? 'x' : '.';
  }
  CHECK(pattern[0] == pattern[1]);
  CHECK(pattern[0].find('x') != std::string::npos);
  CHECK(pattern[0].find('.') != std::string::npos);
}

TEST_CASE("a rule that is not understood is refused whole") {
  Faults faults;
  for (const char* rules :
       {R"({})", R"([3])", R"([{"action":"explode"}])", R"([{"action":"drop","cuont":1}])"}) {
    CHECK_FALSE(faults.add(*parse_json(rules)).empty());
  }
  CHECK(faults.describe() == "[]");
}

TEST_CASE("a stale GET shows the state before the last write") {
  World world;
  const std::string first = version_of(world.post(kLeases, lease("a")));
  world.put(kLeases + "/x", lease("b", first));
  world.send("POST", "/_control/faults", R"([{"verb":"GET","action":"stale"}])");
  CHECK(version_of(world.get(kLeases + "/x")) == first);
  CHECK(version_of(world.get(kLeases + "/x")) != first);
}

TEST_CASE("requests are counted by resource, verb and code") {
  World world;
  world.post(kLeases, lease("a"));
  world.get(kLeases + "/x");
  world.get(kLeases + "/x");
  world.get(kLeases + "/y");
  world.get(kLeases);
  world.get(kLeases + "?watch=1");
  world.get("/version");
  world.send("GET", kLeases + "/x", "", "", "nobody-token");
  CHECK(world.get("/_control/requests").body ==
        "- GET 200 1\n"
        "leases GET 200 2\n"
        "leases GET 403 1\n"
        "leases GET 404 1\n"
        "leases LIST 200 1\n"
        "leases POST 201 1\n"
        "leases WATCH 200 1\n");
  world.send("DELETE", "/_control/requests");
  CHECK(world.get("/_control/requests").body.empty());
}

TEST_CASE("the log has every write of an object in its order") {
  World world;
  const std::string first = version_of(world.post(kLeases, lease("a")));
  world.send("PUT", kLeases + "/x", lease("b", first), "application/json", "member-token");
  world.put(kLeases + "/x", lease("c", first));  // refused, so not there
  world.send("DELETE", kLeases + "/x");
  const std::string log = world.get("/_control/log?object=leases/default/x").body;
  std::string story;
  std::int64_t last = 0;
  std::size_t start = 0;
  for (std::size_t end = 0; (end = log.find('\n', start)) != std::string::npos; start = end + 1) {
    const Json line = std::move(*parse_json(log.substr(start, end - start)));
    story += text_at(line, {"type"}) + " by " + text_at(line, {"user"}) + ": " +
             text_at(line, {"object", "spec", "holderIdentity"}) + "\n";
    CHECK(number_at(line, "boottime", 0) >= last);
    last = number_at(line, "boottime", 0);
  }
  CHECK(story == "ADDED by admin: a\nMODIFIED by member: b\nDELETED by admin: b\n");
  CHECK(world.get("/_control/log?object=nonsense").code == 400);
}

struct StateFile {
  StateFile() {
    char path_template[] = "/tmp/apiserver-state-XXXXXX";
    close(mkstemp(path_template));
    options.state_file = path_template;
  }
  ~StateFile() { std::remove(options.state_file.c_str()); }
  StateFile(const StateFile&) = delete;
  StateFile& operator=(const StateFile&) = delete;
  ServerOptions options;
};

TEST_CASE("a restarted server has its objects, versions and log, but no history to watch") {
  const StateFile state;
  std::string body;
  std::string old;
  {
    World world(state.options);
    old = version_of(world.post(kLeases, lease("a")));
    world.put(kLeases + "/x", lease("b", old));
    world.post(kLeases, lease("z", "", "gone"));
    world.send("DELETE", kLeases + "/gone");
    body = world.get(kLeases + "/x").body;
  }
  World world(state.options);
  CHECK(world.get(kLeases + "/x").body == body);
  CHECK(world.get(kLeases + "/gone").code == 404);
  CHECK(std::stoull(version_of(world.post(kLeases, lease("c", "", "y")))) == std::stoull(old) + 4);
  const std::string log = world.get("/_control/log?object=leases/default/x").body;
  CHECK(std::count(log.begin(), log.end(), '\n') == 2);
  // Also from the version that the object has now: others were written since.
  CHECK(events_of(world.get(kLeases + "?watch=1&resourceVersion=" +
                            text_at(*parse_json(body), {"metadata", "resourceVersion"}))) ==
        "ERROR");
}

TEST_CASE("a state file whose last line was cut off is taken up to there") {
  const StateFile state;
  { World(state.options).post(kLeases, lease("a")); }
  std::ofstream(state.options.state_file, std::ios::app) << "{\"version\":99,\"ty";
  World world(state.options);
  CHECK(world.get(kLeases + "/x").code == 200);
  world.post(kLeases, lease("b", "", "y"));
  World again(state.options);
  CHECK(again.get(kLeases + "/y").code == 200);
}

TEST_CASE("a state file that is something else is refused") {
  const StateFile state;
  std::ofstream(state.options.state_file) << "hello\n";
  Server server(state.options);
  CHECK(server.start().find("is broken in line 1") != std::string::npos);
}

// A protobuf field of bytes; small ones only.
std::string field(int number, const std::string& bytes) {
  return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(bytes.size())} + bytes;
}

std::string field(int number, int value) {
  return {static_cast<char>(number << 3), static_cast<char>(value)};
}

std::string enveloped(const std::string& version, const std::string& kind, const std::string& raw) {
  return std::string("k8s\0", 4) + field(1, field(1, version) + field(2, kind)) + field(2, raw);
}

TEST_CASE("a Lease is read from protobuf") {
  const std::string time =
      field(1, 60) + std::string{16, static_cast<char>(0xB8), 0x17};  // 3000 ns
  const std::string spec = field(1, std::string()) + field(2, 15) + field(4, time) + field(5, 0);
  const std::string metadata = field(1, "x") + field(12, field(1, "a") + field(2, "b"));
  const auto json = protobuf_to_json(
      enveloped("coordination.k8s.io/v1", "Lease", field(1, metadata) + field(2, spec)));
  REQUIRE(json);
  CHECK(*parse_json(*json) ==
        *parse_json(
            R"({"kind":"Lease","apiVersion":"coordination.k8s.io/v1","metadata":{"name":"x",)"
            R"("annotations":{"a":"b"}},"spec":{"holderIdentity":"","leaseDurationSeconds":15,)"
            R"("leaseTransitions":0,"renewTime":"1970-01-01T00:01:00.000003Z"}})"));
  World world;
  CHECK(world
            .send("POST", kLeases,
                  enveloped("coordination.k8s.io/v1", "Lease", field(1, metadata) + field(2, spec)),
                  std::string(kProtobufType))
            .code == 201);
}

TEST_CASE("protobuf that is broken or of an unknown kind is refused") {
  const std::string whole = enveloped("v1", "ConfigMap", field(1, field(1, "x")));
  CHECK(protobuf_to_json(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto json = protobuf_to_json(whole.substr(0, size));
    if (json) CHECK(parse_json(*json));
  }
  CHECK_FALSE(protobuf_to_json(enveloped("v1", "Secret", "")));
  World world;
  CHECK(world.send("POST", kConfigMaps, "nonsense", std::string(kProtobufType)).code == 415);
}

}  // namespace
}  // namespace elector::tests::apiserver
