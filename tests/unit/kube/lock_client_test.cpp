// SPDX-License-Identifier: Apache-2.0
#include "kube/lock/lock_client.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/contains.h"
#include "tests/unit/kube/client_fixture.h"
#include "tests/unit/kube/scripted_api.h"

using namespace elector::kube;
using namespace std::chrono_literals;
using elector::core::Answer;
using elector::core::Content;
using elector::core::Observation;
using elector::core::Outcome;
using elector::core::Request;
using elector::core::Verb;
using elector::tests::api_status;
using elector::tests::ClientFixture;
using elector::tests::deliver;
using elector::tests::has;
using elector::tests::is_watch;
using elector::tests::lease_object;
using elector::tests::RawServer;
using elector::tests::ScriptedApi;
using elector::tests::start_of;
using elector::tests::watch_event;

namespace {

using Peer = RawServer::Peer;

// A scripted API server, and a lock client of it.
class World {
 public:
  explicit World(ScriptedApi::Script script, std::chrono::milliseconds retry_period = 10s)
      : api_(std::move(script)), fixture_(api_.url()) {
    LockClient::Handler handler;
    handler.on_answer = [this](const Answer& answer) { answers.push_back(answer); };
    handler.on_observation = [this](std::size_t, const Observation& seen) {
      seen_.push_back(seen);
    };
    handler.on_watching = [this](std::size_t, bool established) {
      watching.push_back(established);
    };
    handler.on_gap = [this](std::size_t) { ++gaps; };
    handler.on_notice = [this](const std::string& text) { notices.push_back(text); };
    handler.on_forbidden = [this](const Permission& missing) { forbidden.push_back(missing); };
    client_ = std::make_unique<LockClient>(fixture_.poller(), fixture_.client(),
                                           LockClientOptions{.name_space = "default",
                                                             .name = "x",
                                                             .kinds = {LockKind::kLease},
                                                             .retry_period = retry_period,
                                                             .seed = 1},
                                           std::move(handler));
  }

  void send(Verb verb, const Observation& based_on = {}) {
    Request request;
    request.id = ++last_id_;
    request.verb = verb;
    request.timeout = 30s;
    request.record.holder = "me";
    request.claim.instance = "i";
    request.claim.nonce = "n";
    request.version = based_on.version;
    request.body = based_on.body;
    client_->send(request);
  }
  bool until(const std::function<bool()>& condition) { return fixture_.run_until(condition); }
  void run_for(std::chrono::milliseconds span) { fixture_.run_for(span); }
  ClientFixture& fixture() { return fixture_; }

  std::vector<std::string> watches() const { return api_.watches(); }
  std::vector<std::string> others() const { return api_.others(); }
  const std::vector<Observation>& seen() const { return seen_; }

  std::vector<Answer> answers;
  std::vector<bool> watching;
  int gaps = 0;
  std::vector<std::string> notices;
  std::vector<Permission> forbidden;

 private:
  std::uint64_t last_id_ = 0;
  std::vector<Observation> seen_;
  ScriptedApi api_;
  ClientFixture fixture_;
  std::unique_ptr<LockClient> client_;
};

}  // namespace

TEST_CASE("the watch begins with the first answer, from the version that this showed") {
  World world([](Peer& peer, const std::string& request, int) {
    if (!is_watch(request)) return peer.answer(200, lease_object("7"));
    deliver(peer, {watch_event("MODIFIED", lease_object("8")),
                   watch_event("DELETED", lease_object("9"))});
  });
  world.run_for(50ms);
  CHECK(world.watches().empty());
  world.send(Verb::kGet);
  REQUIRE(world.until([&] { return world.seen().size() == 2; }));
  REQUIRE(world.answers.size() == 1);
  CHECK(world.answers[0].outcome == Outcome::kOk);
  CHECK(world.answers[0].object.version == "7");
  CHECK(world.watching == std::vector{true});
  CHECK(world.seen()[0].version == "8");
  CHECK(world.seen()[0].record.holder == "h8");
  CHECK(world.seen()[1].content == Content::kAbsent);
  CHECK(world.seen()[1].version == "9");
  const std::string watch = world.watches().at(0);
  CHECK(
      watch.starts_with("GET /apis/coordination.k8s.io/v1/namespaces/default/leases?watch=true&"));
  CHECK(has(watch, "fieldSelector=metadata.name%3Dx"));
  CHECK(has(watch, "allowWatchBookmarks=true"));
  CHECK(has(watch, "timeoutSeconds="));
  CHECK(start_of(watch) == "resourceVersion=7");
}

TEST_CASE("the watch on an absent lock begins without a version") {
  World world([](Peer& peer, const std::string& request, int) {
    if (!is_watch(request)) return peer.answer(404, api_status("NotFound", 404));
    deliver(peer, {watch_event("ADDED", lease_object("8"))});
  });
  world.send(Verb::kGet);
  REQUIRE(world.until([&] { return world.seen().size() == 1; }));
  CHECK(world.answers.at(0).outcome == Outcome::kNotFound);
  CHECK(start_of(world.watches().at(0)).empty());
  CHECK(world.others().size() == 1);
}

TEST_CASE(
    "a watch that ends or breaks continues from the last version, a bookmark's too, silently") {
  World world([](Peer& peer, const std::string& request, int watches) {
    if (!is_watch(request)) return peer.answer(200, lease_object("7"));
    if (watches == 0) {
      peer.begin_chunks();
      peer.chunk(watch_event("MODIFIED", lease_object("8")));
      return peer.end_chunks();
    }
    if (watches == 1) {
      peer.begin_chunks();
      peer.chunk(
          watch_event("BOOKMARK", R"({"kind":"Lease","metadata":{"resourceVersion":"20"}})"));
      return peer.hang_up();
    }
    deliver(peer, {watch_event("MODIFIED", lease_object("21"))});
  });
  world.send(Verb::kGet);
  REQUIRE(world.until([&] { return world.seen().size() == 2; }));
  const auto watches = world.watches();
  REQUIRE(watches.size() >= 3);
  CHECK(start_of(watches[1]) == "resourceVersion=8");
  CHECK(start_of(watches[2]) == "resourceVersion=20");
  CHECK(world.seen()[1].version == "21");
  CHECK(world.watching == std::vector{true});
  CHECK(world.others().size() == 1);
}

TEST_CASE("after a 410 it starts without a version and reports the gap, once") {
  for (const bool in_stream : {false, true}) {
    World world([&](Peer& peer, const std::string& request, int watches) {
      if (!is_watch(request)) return peer.answer(200, lease_object("7"));
      if (watches > 0) return deliver(peer, {});
      if (!in_stream) return peer.answer(410, api_status("Expired", 410));
      deliver(peer, {watch_event("ERROR", api_status("Expired", 410))});
    });
    world.send(Verb::kGet);
    REQUIRE(world.until([&] { return world.gaps == 1; }));
    CHECK(world.watches().size() == 2);
    CHECK(start_of(world.watches().at(1)).empty());
    CHECK(world.others().size() == 1);  // the core decides on the reading
    CHECK(world.notices.empty());
  }
}

TEST_CASE("an event that is not a Lease is reported, and later events are delivered") {
  World world([](Peer& peer, const std::string& request, int) {
    if (!is_watch(request)) return peer.answer(200, lease_object("7"));
    deliver(peer, {watch_event("MODIFIED", R"({"metadata":{"name":"x"},"spec":7})"),
                   watch_event("MODIFIED", lease_object("9"))});
  });
  world.send(Verb::kGet);
  REQUIRE(world.until([&] { return !world.seen().empty() && world.seen().back().version == "9"; }));
}

constexpr const char* kNoRight = "u cannot watch resource x";

TEST_CASE(
    "a watch that is not permitted is reported once, with what is missing, and not retried soon") {
  World world([](Peer& peer, const std::string& request, int) {
    if (!is_watch(request)) return peer.answer(200, lease_object("7"));
    peer.answer(403, api_status("Forbidden", 403, kNoRight));
  });
  world.send(Verb::kGet);
  REQUIRE(world.until([&] { return world.notices.size() == 1; }));
  CHECK(has(world.notices[0],
            "cannot watch leases \"x\": u cannot watch resource x; polling instead"));
  CHECK(has(world.notices[0], "verb \"watch\" on resource \"leases\""));
  REQUIRE(world.forbidden.size() == 1);
  CHECK(world.forbidden[0] == Permission{"watch", "coordination.k8s.io", "leases", "x", "default"});
  CHECK(world.watching.empty());
  world.run_for(500ms);
  CHECK(world.watches().size() == 1);
}

TEST_CASE("the owner is notified when no watch can be opened, and again when one can") {
  std::atomic<bool> away{false};
  World world(
      [&](Peer& peer, const std::string& request, int watches) {
        if (!is_watch(request)) return peer.answer(200, lease_object("7"));
        if (away) return peer.answer(503, "");
        if (watches > 0) return deliver(peer, {});
        peer.begin_chunks();
        away = true;
        peer.reset();
      },
      200ms);
  world.send(Verb::kGet);
  REQUIRE(world.until([&] { return world.watching.size() == 2; }));
  CHECK(world.watching == std::vector{true, false});
  away = false;
  REQUIRE(world.until([&] { return world.watching.size() == 3; }));
  CHECK(world.watching.back());
  CHECK(world.watches().size() < 30);  // it pauses
}

TEST_CASE("a watch that does not show a write is deaf, and is restarted on a new connection") {
  World world(
      [](Peer& peer, const std::string& request, int watches) {
        if (!is_watch(request))
          return peer.answer(200,
                             request.starts_with("PUT") ? lease_object("9") : lease_object("7"));
        if (watches == 0) return deliver(peer, {});
        deliver(peer, {watch_event("MODIFIED", lease_object("9"))});
      },
      1s);
  world.send(Verb::kGet);
  REQUIRE(world.until([&] { return world.watching.size() == 1; }));
  world.send(Verb::kUpdate, world.answers.at(0).object);
  REQUIRE(world.until([&] { return world.seen().size() == 1; }));
  CHECK(world.answers.at(1).object.version == "9");
  CHECK(start_of(world.watches().at(1)) == "resourceVersion=7");
  world.run_for(500ms);
  CHECK(world.watches().size() == 2);  // it receives events again
}

TEST_CASE("watches that end immediately do not count as open, and that is reported once") {
  const std::function<void(Peer&)> ends[] = {
      [](Peer& peer) { deliver(peer, {watch_event("ERROR", api_status("InternalError", 500))}); },
      [](Peer& peer) { deliver(peer, {"no JSON\n"}); },
      [](Peer& peer) {
        peer.begin_chunks();
        peer.end_chunks();
      },
  };
  for (const auto& end : ends) {
    std::atomic<bool> well = false;
    World world(
        [&](Peer& peer, const std::string& request, int) {
          if (!is_watch(request)) return peer.answer(200, lease_object("7"));
          well ? deliver(peer, {}) : end(peer);
        },
        50ms);
    world.send(Verb::kGet);
    REQUIRE(world.until([&] { return world.watches().size() >= 12; }));
    CHECK(world.watching == std::vector{true, false});
    CHECK(world.notices.size() == 1);
    well = true;
    REQUIRE(world.until([&] { return world.watching.size() == 3; }));
    CHECK(world.watching.back());
  }
}

TEST_CASE("a 410 to what the API has just sent does not cause a retry without a pause") {
  World world(
      [](Peer& peer, const std::string& request, int) {
        if (!is_watch(request)) return peer.answer(200, lease_object("7"));
        deliver(peer, {watch_event("ADDED", lease_object("8")),
                       watch_event("ERROR", api_status("Expired", 410))});
      },
      10s);
  world.send(Verb::kGet);
  REQUIRE(world.until([&] { return world.watches().size() >= 3; }));
  world.run_for(500ms);
  CHECK(world.watches().size() < 12);  // of pauses that double, from 50 ms on
}

TEST_CASE("garbage on a watch restarts it") {
  World world([](Peer& peer, const std::string& request, int watches) {
    if (!is_watch(request)) return peer.answer(200, lease_object("7"));
    if (watches > 0) return deliver(peer, {watch_event("MODIFIED", lease_object("8"))});
    deliver(peer, {"<html>not what you asked for</html>\n"});
  });
  world.send(Verb::kGet);
  REQUIRE(world.until([&] { return world.seen().size() == 1; }));
  CHECK(has(world.notices.at(0), "not JSON"));
}

TEST_CASE(
    "events of other objects are not this lock's, whatever the server thinks of the selector") {
  World world([](Peer& peer, const std::string& request, int) {
    if (!is_watch(request)) return peer.answer(200, lease_object("7"));
    deliver(peer, {watch_event("MODIFIED", lease_object("8", "y")),
                   watch_event("DELETED", lease_object("9", "y")),
                   watch_event("MODIFIED", lease_object("10"))});
  });
  world.send(Verb::kGet);
  REQUIRE(world.until([&] { return !world.seen().empty(); }));
  CHECK(world.seen().size() == 1);
  CHECK(world.seen()[0].version == "10");
}

TEST_CASE("a forbidden request is reported as such, and so is what a Role lacks") {
  World world([](Peer& peer, const std::string&, int) {
    peer.answer(403, api_status("Forbidden", 403, kNoRight));
  });
  world.send(Verb::kCreate);
  REQUIRE(world.until([&] { return world.answers.size() == 1; }));
  CHECK(world.answers[0].outcome == Outcome::kForbidden);
  CHECK(world.answers[0].message == kNoRight);
  CHECK(world.forbidden.at(0) ==
        Permission{"create", "coordination.k8s.io", "leases", "", "default"});
  CHECK(world.watches().empty());
}

TEST_CASE("a request that is forbidden for another reason lacks no permission") {
  World world(
      [](Peer& peer, const std::string&, int) { peer.answer(403, api_status("Forbidden", 403)); });
  world.send(Verb::kCreate);
  REQUIRE(world.until([&] { return world.answers.size() == 1; }));
  CHECK(world.answers[0].outcome == Outcome::kForbidden);
  CHECK(world.answers[0].message == "so says the API");
  CHECK(world.forbidden.empty());
}

TEST_CASE("a write that cannot be made is refused, and nothing is sent") {
  World world([](Peer& peer, const std::string&, int) { peer.answer(200, lease_object("8")); });
  world.send(Verb::kUpdate);
  CHECK(world.answers.empty());
  REQUIRE(world.until([&] { return world.answers.size() == 1; }));
  CHECK(world.answers[0].outcome == Outcome::kRefused);
  CHECK(has(world.answers[0].message, "no metadata.uid"));
  CHECK(world.others().empty());
}

TEST_CASE("a lock client may go while everything is under way") {
  World world([](Peer& peer, const std::string& request, int) {
    if (is_watch(request)) return deliver(peer, {});
    if (request.starts_with("GET")) return peer.answer(200, lease_object("7"));
    peer.wait_for_close();
  });
  world.send(Verb::kGet);
  REQUIRE(world.until([&] { return world.watching.size() == 1; }));
  for (int i = 0; i < 3; ++i) world.send(Verb::kCreate);
  world.send(Verb::kUpdate);
}
