// SPDX-License-Identifier: Apache-2.0
// The client's long answers: watches, in HTTP terms.
#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>

#include "kube/http/client.h"
#include "tests/support/contains.h"
#include "tests/support/raw_server.h"
#include "tests/unit/kube/client_fixture.h"

using namespace std::chrono_literals;
using elector::Error;
using elector::kube::Client;
using elector::kube::HttpRequest;
using elector::kube::HttpResponse;
using elector::tests::ClientFixture;
using elector::tests::has;
using elector::tests::RawServer;

namespace {

using Peer = RawServer::Peer;

}  // namespace

TEST_CASE("a time limit ends the streams of that connection pool too") {
  RawServer server([](Peer& peer) {
    const std::string request = peer.request();
    if (!has(request, "/stream")) return peer.wait_for_close();
    peer.begin_chunks();
    peer.wait_for_close();
  });
  ClientFixture world(server.url());
  bool open = false;
  std::optional<HttpResponse> end;
  HttpRequest request;
  request.path = "/stream";
  world.client().stream(request,
                        {.on_open = [&] { open = true; },
                         .on_data = [](std::string_view) {},
                         .on_end = [&](HttpResponse response) { end = std::move(response); }},
                        0s);
  REQUIRE(world.run_until([&] { return open; }));
  CHECK(world.get("/silent", 100ms).error);
  REQUIRE(world.run_until([&] { return end.has_value(); }));
  REQUIRE(end->error);
  CHECK(end->error->kind == Error::Kind::kNetwork);
}

TEST_CASE("a stream opens, delivers its pieces in order, and ends") {
  RawServer server([](Peer& peer) {
    peer.request();
    peer.begin_chunks();
    for (const char* piece : {"one ", "two ", "three"}) peer.chunk(piece);
    peer.end_chunks();
    peer.wait_for_close();
  });
  ClientFixture world(server.url());
  std::string events;
  bool ended = false;
  world.client().stream({.path = "/x", .timeout = 30s},
                        {.on_open = [&] { events += "open "; },
                         .on_data = [&](std::string_view bytes) { events += bytes; },
                         .on_end =
                             [&](const HttpResponse& response) {
                               CHECK(response.ok());
                               CHECK(response.body.empty());
                               events += " end";
                               ended = true;
                             }},
                        30s);
  REQUIRE(world.run_until([&] { return ended; }));
  CHECK(events == "open one two three end");
}

TEST_CASE("a stream that is refused only ends, with the answer's body") {
  RawServer server([](Peer& peer) {
    peer.request();
    peer.answer(403, "{\"no\":1}");
    peer.wait_for_close();
  });
  ClientFixture world(server.url());
  std::optional<HttpResponse> end;
  world.client().stream({.path = "/x"},
                        {.on_open = [] { FAIL("it must not open"); },
                         .on_data = [](std::string_view) { FAIL("it must not deliver"); },
                         .on_end = [&](HttpResponse response) { end = std::move(response); }},
                        0s);
  REQUIRE(world.run_until([&] { return end.has_value(); }));
  CHECK(end->status == 403);
  CHECK(end->body == "{\"no\":1}");
}

TEST_CASE("silence ends a stream, before its beginning and after") {
  for (const bool begins : {false, true}) {
    RawServer server([&](Peer& peer) {
      peer.request();
      if (begins) peer.begin_chunks();
      peer.wait_for_close();
    });
    ClientFixture world(server.url());
    std::optional<HttpResponse> end;
    world.client().stream({.path = "/x", .timeout = 200ms},
                          {.on_open = {},
                           .on_data = [](std::string_view) {},
                           .on_end = [&](HttpResponse response) { end = std::move(response); }},
                          200ms);
    REQUIRE(world.run_until([&] { return end.has_value(); }));
    REQUIRE(end->error);
    CHECK(end->error->kind == Error::Kind::kTimeout);
  }
}

TEST_CASE("what is cancelled calls nothing back, also from within its own callback") {
  RawServer server([](Peer& peer) {
    peer.request();
    peer.begin_chunks();
    for (int i = 0; i < 100; ++i) peer.chunk("piece");
    peer.wait_for_close();
  });
  ClientFixture world(server.url());
  const Client::Id request =
      world.client().send({.path = "/x"}, [](const HttpResponse&) { FAIL("it was cancelled"); });
  world.client().cancel(request);
  int pieces = 0;
  Client::Id stream = 0;
  stream = world.client().stream({.path = "/x"},
                                 {.on_open = {},
                                  .on_data =
                                      [&](std::string_view) {
                                        ++pieces;
                                        world.client().cancel(stream);
                                      },
                                  .on_end = [](const HttpResponse&) { FAIL("it was cancelled"); }},
                                 0s);
  REQUIRE(world.run_until([&] { return pieces > 0; }));
  world.run_for(100ms);
  CHECK(pieces == 1);
  world.client().cancel(stream);
  world.client().cancel(12345);
}

TEST_CASE("a client may go while everything is under way") {
  RawServer server([](Peer& peer) {
    const std::string request = peer.request();
    if (has(request, "/stream")) peer.begin_chunks();
    peer.wait_for_close();
  });
  ClientFixture world(server.url());
  bool open = false;
  for (int i = 0; i < 3; ++i) {
    world.client().send({.path = "/x"}, [](const HttpResponse&) { FAIL("nobody is there"); });
    world.client().stream({.path = "/stream"},
                          {.on_open = [&] { open = true; },
                           .on_data = [](std::string_view) {},
                           .on_end = [](const HttpResponse&) { FAIL("nobody is there"); }},
                          0s);
  }
  CHECK(world.run_until([&] { return open; }));
}
