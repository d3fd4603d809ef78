// SPDX-License-Identifier: Apache-2.0
#include "kube/lock/lock_informer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "kube/base/time_format.h"
#include "tests/support/contains.h"
#include "tests/unit/kube/client_fixture.h"
#include "tests/unit/kube/scripted_api.h"

using namespace elector::kube;
using namespace std::chrono_literals;
using elector::core::Content;
using elector::core::Source;
using elector::tests::api_status;
using elector::tests::ClientFixture;
using elector::tests::deliver;
using elector::tests::is_watch;
using elector::tests::lease_object;
using elector::tests::RawServer;
using elector::tests::ScriptedApi;
using elector::tests::start_of;
using elector::tests::watch_event;

namespace {

using Peer = RawServer::Peer;

// An observer of the one Lease "x", or of all Leases in "default".
class World {
 public:
  World(ScriptedApi::Script script, bool one, std::chrono::milliseconds retry_period,
        std::chrono::milliseconds unwatched_limit = 60s,
        std::chrono::milliseconds idle_limit = 100s, std::chrono::milliseconds look_period = 60s)
      : api_(std::move(script)), fixture_(api_.url()) {
    LockInformer::Handler handler;
    handler.on_seen = [this](const LockInformer::Seen& told) { seen.push_back(told); };
    handler.on_refused = [this](const HttpResponse& why) { refused.push_back(why.status); };
    handler.on_trouble = [this](const std::string& text) { troubles.push_back(text); };
    handler.on_notice = [this](const std::string& text) { troubles.push_back(text); };
    handler.on_recovery = [this](const std::string& text) { recoveries.push_back(text); };
    feed_ = std::make_unique<LockInformer>(fixture_.poller(), fixture_.client(),
                                           LockFeedOptions{.kind = LockKind::kLease,
                                                           .name_space = "default",
                                                           .name = one ? "x" : "",
                                                           .timeout = 30s,
                                                           .retry_period = retry_period,
                                                           .unwatched_limit = unwatched_limit,
                                                           .idle_limit = idle_limit,
                                                           .look_period = look_period,
                                                           .seed = 1},
                                           std::move(handler));
  }

  ScriptedApi& api() { return api_; }
  LockInformer& feed() { return *feed_; }
  bool until(const std::function<bool()>& condition) { return fixture_.run_until(condition); }
  // The versions that were reported, in order; "-": the lock did not exist.
  std::string versions() const {
    std::string result;
    for (const LockInformer::Seen& one : seen) {
      const bool there = one.object.content != Content::kAbsent;
      result += (result.empty() ? "" : " ") + (there ? one.object.version : "-");
    }
    return result;
  }

  std::vector<LockInformer::Seen> seen;
  std::vector<int> refused;
  std::vector<std::string> troubles;
  std::vector<std::string> recoveries;

 private:
  ScriptedApi api_;
  ClientFixture fixture_;
  std::unique_ptr<LockInformer> feed_;
};

// The answer to a reading: the object, or the list that it is alone in.
std::string reading(const std::string& request, const std::string& version) {
  if (request.find("/leases/x") != std::string::npos) return lease_object(version);
  return R"({"kind":"LeaseList","metadata":{"resourceVersion":")" + version + R"("},"items":[)" +
         lease_object(version) + "]}";
}

std::string modified(const std::string& version) {
  return watch_event("MODIFIED", lease_object(version));
}

// Waits for a reading that must not come: long enough for it to come if there were one.
void wait_for_reading(const ScriptedApi& api, std::size_t count) {
  for (int i = 0; i < 30 && api.others().size() < count; ++i) std::this_thread::sleep_for(10ms);
}

TEST_CASE("an outage of the watch loses no change that the API still has") {
  struct Outage {
    std::string name;
    std::function<void(Peer& peer)> answer;
  };
  const Outage outages[] = {
      {"503", [](Peer& peer) { peer.answer(503, api_status("ServiceUnavailable", 503)); }},
      {"500", [](Peer& peer) { peer.answer(500, ""); }},
      {"429", [](Peer& peer) { peer.answer(429, api_status("TooManyRequests", 429)); }},
      {"a connection that is cut", [](Peer& peer) { peer.reset(); }},
  };
  for (const Outage& outage : outages) {
    for (const bool one : {true, false}) {
      CAPTURE(outage.name);
      CAPTURE(one);
      // Three changes while nothing watches; a read meanwhile sees only the last.
      const ScriptedApi* api = nullptr;
      World world(
          [&](Peer& peer, const std::string& request, int watches) {
            if (!is_watch(request)) return peer.answer(200, reading(request, watches ? "11" : "7"));
            if (watches == 0) {
              peer.begin_chunks();
              peer.chunk(modified("8"));
              return peer.hang_up();
            }
            if (watches < 5) return outage.answer(peer);
            wait_for_reading(*api, 2);
            deliver(peer, {modified("9"), modified("10"), modified("11")});
          },
          one, 20ms);
      api = &world.api();
      REQUIRE(world.until([&] { return world.seen.size() >= 5; }));
      CHECK(world.versions() == "7 8 9 10 11");
      for (const LockInformer::Seen& seen : world.seen) CHECK(seen.gap == LockInformer::Gap::kNone);
      CHECK(world.api().others().size() == 1);
      CHECK(start_of(world.api().watches().back()) == "resourceVersion=8");
      REQUIRE(world.troubles.size() == 1);
      CHECK_CONTAINS(world.troubles[0], "cannot watch: ");
      CHECK(world.troubles[0].find("reading") == std::string::npos);
      CHECK(world.recoveries == std::vector<std::string>{"watching again"});
    }
  }
}

TEST_CASE("an outage that is over before a read replaces the watch is reported as over, too") {
  for (int outages = 1; outages <= 2; ++outages) {
    World world(
        [&](Peer& peer, const std::string& request, int watches) {
          if (!is_watch(request)) return peer.answer(200, reading(request, "7"));
          if (watches % 2 == 1) return peer.answer(503, api_status("ServiceUnavailable", 503));
          if (watches == 2 * outages) return deliver(peer, {modified("20")});
          peer.begin_chunks();
          peer.chunk(modified(std::to_string(8 + watches)));
          peer.hang_up();
        },
        true, 10s);
    REQUIRE(world.until([&] { return world.versions().ends_with("20"); }));
    const auto count = static_cast<std::size_t>(outages);
    CHECK(world.troubles.size() == count);
    CHECK(world.recoveries == std::vector<std::string>(count, "watching again"));
    CHECK(world.api().others().size() == 1);
  }
}

TEST_CASE("without permission to watch it polls, and reports this once") {
  for (const int refusal : {403, 404, 405}) {
    for (const bool one : {true, false}) {
      CAPTURE(refusal);
      CAPTURE(one);
      std::atomic<int> version{7};
      World world(
          [&](Peer& peer, const std::string& request, int) {
            if (is_watch(request)) return peer.answer(refusal, api_status("Reason", refusal));
            peer.answer(200, reading(request, std::to_string(version++)));
          },
          one, 20ms);
      REQUIRE(world.until([&] { return world.seen.size() >= 4; }));
      CHECK(world.versions().starts_with("7 8 9 10"));
      for (const LockInformer::Seen& seen : world.seen) CHECK(seen.source == Source::kRead);
      REQUIRE(world.troubles.size() == 1);
      CHECK_CONTAINS(world.troubles[0], "polling instead");
      CHECK(world.api().watches().size() == 1);
    }
  }
}

TEST_CASE("where no watch can be opened although the API answers, it polls") {
  for (const int refusal : {400, 404, 502}) {
    for (const bool lost : {false, true}) {
      for (const bool one : {true, false}) {
        CAPTURE(refusal);
        CAPTURE(lost);
        CAPTURE(one);
        std::atomic<int> version{7};
        World world(
            [&](Peer& peer, const std::string& request, int watches) {
              if (!is_watch(request)) {
                return peer.answer(200, reading(request, std::to_string(version++)));
              }
              if (!lost || watches > 0) return peer.answer(refusal, "a proxy says no");
              peer.begin_chunks();
              peer.hang_up();
            },
            one, 20ms, 30ms);
        REQUIRE(world.until([&] { return world.seen.size() >= 4; }));
        CHECK(world.versions().starts_with("7 8 9 10"));
        CHECK(world.seen[1].gap == LockInformer::Gap::kUnwatched);
        REQUIRE(world.troubles.size() == 1);
        CHECK_CONTAINS(world.troubles[0], "cannot watch: ");
      }
    }
  }
}

// As after an etcd that was restored from a backup: a watch from a version of the future is silent.
TEST_CASE("when read after read shows the past, the watch starts again") {
  World world(
      [&](Peer& peer, const std::string& request, int watches) {
        if (!is_watch(request)) return peer.answer(200, reading(request, watches ? "5" : "70"));
        deliver(peer, watches == 0 ? std::vector<std::string>{}
                                   : std::vector<std::string>{modified("5"), modified("6")});
      },
      true, 20ms);
  REQUIRE(world.until([&] { return world.api().watches().size() == 1; }));
  for (int i = 0; i < 3; ++i) {
    bool done = false;
    world.feed().check({LockKind::kLease, "default", "x"}, 30s, [&] { done = true; });
    REQUIRE(world.until([&] { return done; }));
  }
  REQUIRE(world.until([&] { return world.versions().ends_with(" 6"); }));
  CHECK(start_of(world.api().watches()[1]) == "");
}

TEST_CASE("polling reports that the API does not answer, and that it answers again") {
  std::atomic<bool> away = false;
  World world(
      [&](Peer& peer, const std::string& request, int) {
        if (is_watch(request)) return peer.answer(403, api_status("Forbidden", 403));
        if (away) return peer.answer(503, api_status("ServiceUnavailable", 503));
        peer.answer(200, reading(request, "7"));
      },
      true, 10ms);
  REQUIRE(world.until([&] { return world.seen.size() >= 3; }));
  REQUIRE(world.troubles.size() == 1);  // that there is no watch
  away = true;
  REQUIRE(world.until([&] { return world.troubles.size() == 2; }));
  CHECK(world.troubles[1] == "so says the API");
  const std::size_t asked = world.api().others().size();
  REQUIRE(world.until([&] { return world.api().others().size() > asked + 3; }));
  CHECK(world.troubles.size() == 2);
  away = false;
  REQUIRE(world.until([&] { return world.recoveries.size() == 1; }));
  CHECK(world.recoveries[0] == "the API server answers again");
  CHECK(world.troubles.size() == 2);
}

TEST_CASE(
    "after a gap that the API cannot fill it reads, and reports that something may be missing") {
  for (const bool one : {true, false}) {
    CAPTURE(one);
    World world(
        [&](Peer& peer, const std::string& request, int watches) {
          if (!is_watch(request)) return peer.answer(200, reading(request, watches ? "20" : "7"));
          if (watches == 0) return peer.answer(410, api_status("Expired", 410));
          deliver(peer, {});
        },
        one, 20ms);
    REQUIRE(world.until([&] { return world.seen.size() >= 2; }));
    CHECK(world.versions() == "7 20");
    CHECK(world.seen[0].gap == LockInformer::Gap::kNone);
    CHECK(world.seen[1].gap == LockInformer::Gap::kForgotten);
    REQUIRE(world.until([&] { return world.api().watches().size() == 2; }));
    CHECK(start_of(world.api().watches()[1]) == (one ? "" : "resourceVersion=20"));
  }
}

// The stream that begins after the gap proves itself at once, while the reading is still to come.
TEST_CASE("an event right after a gap does not take the place of the reading") {
  World world(
      [&](Peer& peer, const std::string& request, int watches) {
        if (!is_watch(request)) {
          return peer.answer(200, reading(request, watches ? "20" : "7"));
        }
        if (watches < 4) {  // too short to count, until a watch is reported as impossible
          peer.begin_chunks();
          return peer.hang_up();
        }
        if (watches == 4) return peer.answer(410, api_status("Expired", 410));
        peer.send("HTTP/1.1 200 OK\r\n\r\n" + modified("19"));  // in one piece
        peer.wait_for_close();
      },
      true, 20ms);
  REQUIRE(world.until([&] { return world.versions().find("20") != std::string::npos; }));
}

TEST_CASE("what a list no longer has is gone, as of the list's version") {
  World world(
      [&](Peer& peer, const std::string& request, int watches) {
        if (is_watch(request)) {
          if (watches > 0) return deliver(peer, {});
          return peer.answer(410, api_status("Expired", 410));
        }
        if (watches == 0) return peer.answer(200, reading(request, "7"));
        peer.answer(200, R"({"kind":"LeaseList","metadata":{"resourceVersion":"9"},"items":[]})");
      },
      false, 20ms);
  REQUIRE(world.until([&] { return world.seen.size() >= 2; }));
  CHECK(world.seen[1].object.content == Content::kAbsent);
  CHECK(world.seen[1].object.version == "9");
  CHECK(world.seen[1].name.name == "x");
}

TEST_CASE("a first reading that the API refuses is the end; one that fails is tried again") {
  for (const int status : {401, 403, 404, 405}) {
    CAPTURE(status);
    World world(
        [&](Peer& peer, const std::string&, int) { peer.answer(status, api_status("No", status)); },
        false, 20ms);
    REQUIRE(world.until([&] { return !world.refused.empty(); }));
    CHECK(world.refused == std::vector{status});
    CHECK(world.seen.empty());
  }
  std::atomic<int> readings{0};
  World world(
      [&](Peer& peer, const std::string& request, int) {
        if (is_watch(request)) return deliver(peer, {});
        if (++readings < 4) return peer.answer(503, api_status("ServiceUnavailable", 503));
        peer.answer(200, reading(request, "7"));
      },
      true, 20ms);
  REQUIRE(world.until([&] { return !world.seen.empty(); }));
  CHECK(world.refused.empty());
  REQUIRE(world.troubles.size() == 1);
  CHECK_CONTAINS(world.troubles[0], "so says the API");
  CHECK(world.recoveries == std::vector<std::string>{"the API server answers"});
}

TEST_CASE("an event that is not a lock object is reported, and later events are delivered") {
  World world(
      [&](Peer& peer, const std::string& request, int) {
        if (!is_watch(request)) return peer.answer(200, reading(request, "7"));
        deliver(peer, {watch_event("MODIFIED", R"({"kind":"Lease","spec":7})"), modified("9")});
      },
      false, 20ms);
  REQUIRE(world.until([&] { return world.seen.size() >= 2; }));
  CHECK(world.versions() == "7 9");
  CHECK(world.troubles.size() == 1);
}

TEST_CASE("a deletion is delivered, with its version, and so is an object that is created again") {
  for (const bool one : {true, false}) {
    CAPTURE(one);
    World world(
        [&](Peer& peer, const std::string& request, int) {
          if (!is_watch(request)) return peer.answer(200, reading(request, "7"));
          deliver(peer, {watch_event("DELETED", lease_object("8")),
                         watch_event("ADDED", lease_object("9"))});
        },
        one, 10s);
    REQUIRE(world.until([&] { return world.seen.size() >= 3; }));
    CHECK(world.versions() == "7 - 9");
    CHECK(world.seen[1].object.version == "8");
    CHECK(world.seen[1].name.name == "x");
  }
}

TEST_CASE("a check reads the one object, and returns it or that it is absent") {
  std::atomic<bool> there{true};
  World world(
      [&](Peer& peer, const std::string& request, int) {
        if (is_watch(request)) return deliver(peer, {});
        if (!there) return peer.answer(404, api_status("NotFound", 404));
        peer.answer(200, reading(request, "7"));
      },
      false, 10s);
  REQUIRE(world.until([&] { return world.seen.size() == 1; }));
  const LockName name{LockKind::kLease, "default", "x"};
  int done = 0;
  world.feed().check(name, 30s, [&] { ++done; });
  REQUIRE(world.until([&] { return done == 1; }));
  CHECK(world.versions() == "7 7");
  there = false;
  world.feed().check(name, 30s, [&] { ++done; });
  REQUIRE(world.until([&] { return done == 2; }));
  CHECK(world.versions() == "7 7 -");
}

TEST_CASE("a feed may go while it reads, watches and checks") {
  World world(
      [&](Peer& peer, const std::string& request, int) {
        if (is_watch(request)) return deliver(peer, {});
        if (request.find("/leases/x") != std::string::npos) return peer.wait_for_close();
        peer.answer(200, reading(request, "7"));
      },
      false, 10s);
  REQUIRE(world.until([&] { return world.seen.size() == 1; }));
  world.feed().check({LockKind::kLease, "default", "x"}, 30s, [] { FAIL("nobody is left"); });
}

}  // namespace

// What a server with bookmarks sends at the beginning.
std::string bookmark(const std::string& version) {
  return watch_event("BOOKMARK",
                     R"({"kind":"Lease","metadata":{"resourceVersion":")" + version + R"("}})");
}

bool mentions(const std::vector<std::string>& lines, const std::string& text) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return line.find(text) != std::string::npos; });
}

TEST_CASE("a watch that is silent after a bookmark is restarted from there, and that is reported") {
  for (const bool one : {true, false}) {
    CAPTURE(one);
    World world(
        [&](Peer& peer, const std::string& request, int watches) {
          if (!is_watch(request)) return peer.answer(200, reading(request, "7"));
          if (watches == 0) return deliver(peer, {bookmark("8")});
          deliver(peer, {bookmark("9"), modified("10")});
        },
        one, 20ms, 60s, 200ms);
    REQUIRE(world.until([&] { return world.versions() == "7 10"; }));
    CHECK(start_of(world.api().watches()[1]) == "resourceVersion=8");
    CHECK(mentions(world.troubles, "no data was received"));
    CHECK(mentions(world.recoveries, "watching again"));
    CHECK_FALSE(mentions(world.troubles, "may have been missed"));
  }
}

TEST_CASE("a silent watch without bookmarks is not restarted; the lock is read from time to time") {
  World world(
      [&](Peer& peer, const std::string& request, int watches) {
        if (!is_watch(request)) return peer.answer(200, reading(request, "7"));
        deliver(peer, {});
        static_cast<void>(watches);
      },
      false, 20ms, 60s, 100ms, 50ms);
  REQUIRE(world.until([&] { return world.api().others().size() >= 4; }));
  CHECK(world.api().watches().size() == 1);
  CHECK(world.troubles.empty());
  for (const LockInformer::Seen& seen : world.seen) CHECK(seen.gap == LockInformer::Gap::kNone);
}

TEST_CASE("bookmarks spare the readings") {
  World world(
      [&](Peer& peer, const std::string& request, int) {
        if (!is_watch(request)) return peer.answer(200, reading(request, "7"));
        deliver(peer, {bookmark("8")});
      },
      false, 20ms, 60s, 60s, 30ms);
  REQUIRE(world.until([&] { return world.api().watches().size() == 1; }));
  wait_for_reading(world.api(), 2);
  CHECK(world.api().others().size() == 1);
}

TEST_CASE("a reading beside a silent watch that shows news, or fails, ends the watch") {
  for (const bool fails : {true, false}) {
    CAPTURE(fails);
    std::atomic<int> readings{0};
    World world(
        [&](Peer& peer, const std::string& request, int watches) {
          if (!is_watch(request)) {
            if (readings++ == 0) return peer.answer(200, reading(request, "7"));
            if (fails && watches < 2) return peer.reset();
            return peer.answer(200, reading(request, "9"));
          }
          deliver(peer, watches == 0 ? std::vector<std::string>{}
                                     : std::vector<std::string>{modified("9"), modified("10")});
        },
        false, 20ms, 60s, 60s, 50ms);
    REQUIRE(world.until([&] { return world.versions().ends_with("10"); }));
    CHECK(start_of(world.api().watches()[1]) == "resourceVersion=7");
    if (fails) CHECK(mentions(world.troubles, "cannot watch"));
  }
}

TEST_CASE("one bad event hides no other, is noted once, and is followed by a reading") {
  const std::string begin = R"({"type":"MODIFIED","object":)";
  const std::string nameless =
      begin + R"({"kind":"Lease","metadata":{"resourceVersion":"8"}}})" + "\n";
  const std::string broken = begin + "{\n";
  const std::string too_long = begin + "\"" + std::string(WatchDecoder::kMaxEvent, 'x') + "\"}\n";
  const std::array kBad{nameless, broken, too_long};
  for (const std::string& bad : kBad) {
    for (const bool one : {true, false}) {
      if (one && &bad == &kBad[0]) continue;  // another object's, as far as that watch can tell
      CAPTURE(one);
      CAPTURE(bad.substr(0, 80));
      World world(
          [&](Peer& peer, const std::string& request, int) {
            if (!is_watch(request)) return peer.answer(200, reading(request, "7"));
            deliver(peer, {bad, bookmark("8"), modified("9"), bad, modified("10")});
          },
          one, 20ms, 60s, 60s, 50ms);
      // The reading, which is of 7 again, may come in the same turn of the loop.
      REQUIRE(world.until([&] { return world.versions().find(" 10") != std::string::npos; }));
      REQUIRE(world.until([&] { return world.api().others().size() >= 2; }));
      CHECK(world.api().watches().size() == 1);
      REQUIRE(world.troubles.size() == 1);
      CHECK_CONTAINS(world.troubles[0], "skipping it");
    }
  }
}

TEST_CASE("an event carries the API server's clock") {
  World world(
      [&](Peer& peer, const std::string& request, int) {
        if (!is_watch(request)) {
          return peer.answer(200, reading(request, "7"), "Date: Fri, 02 Jan 2026 10:00:00 GMT\r\n");
        }
        deliver(peer, {modified("8")});
      },
      true, 20ms);
  REQUIRE(world.until([&] { return world.versions() == "7 8"; }));
  const auto then = parse_time("2026-01-02T10:00:00Z");
  for (const LockInformer::Seen& seen : world.seen) {
    REQUIRE(seen.server_now);
    CHECK(*seen.server_now >= *then);
    CHECK(*seen.server_now < *then + 60s);
  }
}
