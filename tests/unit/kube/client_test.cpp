// SPDX-License-Identifier: Apache-2.0
#include "kube/http/client.h"

#include <doctest/doctest.h>

#include <chrono>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/contains.h"
#include "tests/support/raw_server.h"
#include "tests/unit/kube/client_fixture.h"

using namespace std::chrono_literals;
using elector::Error;
using elector::kube::Connection;
using elector::kube::HttpRequest;
using elector::kube::HttpResponse;
using elector::tests::ClientFixture;
using elector::tests::has;
using elector::tests::kSoon;
using elector::tests::Notes;
using elector::tests::RawServer;
using elector::tests::serve_all;

namespace {

using Peer = RawServer::Peer;

}  // namespace

TEST_CASE("a request carries what the API needs, and the answer comes back whole") {
  Notes requests;
  RawServer server([&](Peer& peer) {
    requests.add(peer.request());
    peer.answer(201, "{\"a\":1}", "Date: Fri, 02 Jan 2026 03:04:05 GMT\r\nRETRY-AFTER: 7\r\n");
    peer.wait_for_close();
  });
  ClientFixture world(server.url() + "/prefix", [](Connection& connection) {
    connection.impersonation.user = "jane";
    connection.impersonation.groups = {"dev", "ops"};
  });
  HttpRequest request;
  request.method = "POST";
  request.path = "/api/v1/things";
  request.query = {{"fieldSelector", "metadata.name=x"}};
  request.body = "{\"b\":2}";
  const HttpResponse response = world.fetch(std::move(request));
  CHECK(response.ok());
  CHECK(response.status == 201);
  CHECK(response.body == "{\"a\":1}");
  CHECK(response.content_type == "application/json");
  CHECK(response.retry_after == 7s);
  REQUIRE(response.date);
  CHECK(response.date->time_since_epoch() == 1'767'323'045s);
  const std::string seen = requests.all().at(0);
  CHECK(
      seen.starts_with("POST /prefix/api/v1/things?fieldSelector=metadata.name%3Dx HTTP/1.1\r\n"));
  CHECK(has(seen, "\r\nAuthorization: Bearer secret-token\r\n"));
  CHECK(has(seen, "\r\nAccept: application/json\r\n"));
  CHECK(has(seen, "\r\nContent-Type: application/json\r\n"));
  CHECK(has(seen, "\r\nUser-Agent: elector/test\r\n"));
  CHECK(has(seen, "\r\nImpersonate-User: jane\r\n"));
  CHECK(has(seen, "\r\nImpersonate-Group: dev\r\n"));
  CHECK(has(seen, "\r\nImpersonate-Group: ops\r\n"));
  CHECK_FALSE(has(seen, "Expect:"));
  CHECK(seen.ends_with("\r\n\r\n{\"b\":2}"));
}

TEST_CASE("requests in turn share one connection") {
  RawServer server(serve_all);
  ClientFixture world(server.url());
  for (int i = 0; i < 5; ++i) {
    CHECK(world.put("/x", "{}").ok());
    CHECK(world.get("/x").ok());
  }
  CHECK(server.connections() == 1);
}

TEST_CASE("a server that does not exist is an error that is surely not an answer") {
  int port = 0;
  { port = RawServer(serve_all).port(); }
  ClientFixture world("http://127.0.0.1:" + std::to_string(port));
  const HttpResponse response = world.put("/x", "{}");
  REQUIRE(response.error);
  CHECK(response.status == 0);
  CHECK_FALSE(response.maybe_done);
  CHECK(response.error->kind == Error::Kind::kNetwork);
  CHECK(response.error->message ==
        "cannot reach http://127.0.0.1:" + std::to_string(port) + ": connection refused");
}

TEST_CASE("a name that does not resolve is named, and nothing was sent") {
  ClientFixture world("http://no-such-host.invalid:1");
  const HttpResponse response = world.put("/x", "{}");
  REQUIRE(response.error);
  CHECK_FALSE(response.maybe_done);
  CHECK(has(response.error->message, "no-such-host.invalid"));
}

TEST_CASE("a write is put on the wire once, though its kept-alive connection breaks under it") {
  // libcurl by itself sends a request again when a connection that it used before ends without an
  // answer.
  for (const bool with_reset : {false, true}) {
    Notes writes;
    RawServer server([&](Peer& peer) {
      if (peer.number() == 0) {
        peer.request();
        peer.answer(200, "{}");
      }
      const std::string request = peer.request();
      if (request.empty()) return;
      writes.add(request);
      if (peer.number() > 0) peer.answer(200, "{}");
      if (with_reset) peer.reset();
    });
    ClientFixture world(server.url());
    CHECK(world.get("/x").ok());
    const HttpResponse response = world.put("/x", "{\"write\":1}");
    REQUIRE(response.error);
    CHECK(response.maybe_done);
    CHECK(response.error->kind == Error::Kind::kNetwork);
    CHECK(writes.count() == 1);
    CHECK(world.get("/x").ok());
    CHECK(writes.count() == 2);
  }
}

TEST_CASE("an idle connection that the server has closed costs nothing") {
  RawServer server([](Peer& peer) {
    peer.request();
    peer.answer(200, "{}");
  });
  ClientFixture world(server.url());
  CHECK(world.get("/x").ok());
  world.run_for(100ms);
  CHECK(world.get("/x").ok());
  CHECK(server.connections() == 2);
}

TEST_CASE("an answer that breaks off in the middle is an error, and the request may be done") {
  RawServer server([](Peer& peer) {
    peer.request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":");
  });
  ClientFixture world(server.url());
  const HttpResponse response = world.put("/x", "{}");
  REQUIRE(response.error);
  CHECK_FALSE(response.ok());
  CHECK(response.maybe_done);
}

TEST_CASE("a connection that ends before its final header does has given no answer") {
  for (const char* text :
       {"HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nA: b", "HTTP/1.1 200 OK\r-\r\nA",
        "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nA:"}) {
    CAPTURE(text);
    RawServer server([text](Peer& peer) {
      if (peer.request().empty()) return;
      peer.send(text);
    });
    ClientFixture world(server.url());
    const HttpResponse response = world.put("/x", "{}");
    CHECK(response.status == 0);
    REQUIRE(response.error);
    CHECK(response.error->kind == Error::Kind::kNetwork);
    CHECK(response.maybe_done);
  }
}

TEST_CASE("of an answer's header each warning counts, and of other fields the first") {
  RawServer server([](Peer& peer) {
    if (peer.request().empty()) return;
    peer.send(
        "HTTP/1.1 103 Early Hints\r\nWarning: 299 - \"early\"\r\nAudit-ID: early\r\n\r\n"
        "HTTP/1.1 200 OK\r\nwarning: 299 - \"one\", 299 -\r\n \"two\"\r\nWarning:\r\n"
        "AUDIT-ID:  first \t\r\nAudit-ID: second\r\nWARNING: 299 - \"three\"\r\n"
        "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\nTrailer: Audit-ID\r\n\r\n"
        "2\r\n{}\r\n0\r\nAudit-ID: late\r\nWarning: 299 - \"late\"\r\n\r\n");
    peer.wait_for_close();
  });
  ClientFixture world(server.url());
  const HttpResponse response = world.get("/x");
  CHECK(response.ok());
  CHECK(response.body == "{}");
  CHECK(response.warnings == std::vector<std::string>{"one", "two", "three"});
  CHECK(response.audit_id == "first");
  CHECK(response.content_type == "text/plain");
}

TEST_CASE("a status that HTTP does not have is an error") {
  for (const char* line :
       {"HTTP/2 1000 OK", "HTTP/21000 . OK", "HTTP/2 99999999 OK", "HTTP/2 -200 OK"}) {
    CAPTURE(line);
    RawServer server([line](Peer& peer) {
      if (peer.request().empty()) return;
      peer.send(std::string(line) + "\r\nContent-Length: 0\r\n\r\n");
    });
    ClientFixture world(server.url());
    const HttpResponse response = world.get("/x");
    CHECK(response.status == 0);
    REQUIRE(response.error);
    CHECK(response.error->kind == Error::Kind::kProtocol);
  }
}

TEST_CASE("an unwanted body is dropped, and its length is not an error") {
  RawServer server([](Peer& peer) {
    peer.request();
    peer.answer(200, "short");
    peer.request();
    peer.begin_chunks();
    while (peer.chunk(std::string(4096, 'x'))) {
    }
  });
  ClientFixture world(server.url());
  elector::kube::HttpRequest request;
  request.path = "/x";
  request.timeout = elector::tests::kSoon;
  request.keep_body = false;
  for (int i = 0; i < 2; ++i) {
    const HttpResponse response = world.fetch(request);
    CHECK(response.ok());
    CHECK(response.body == "");
  }
  CHECK(server.connections() == 1);  // the short one was read to its end
}

TEST_CASE("after a time limit has passed the next request takes a new connection") {
  RawServer server([](Peer& peer) {
    if (peer.number() > 0) return serve_all(peer);
    peer.request();
    peer.answer(200, "{}");
    peer.request();
    peer.wait_for_close();  // half open: takes everything, sends nothing
  });
  ClientFixture world(server.url());
  CHECK(world.get("/x").ok());
  const HttpResponse late = world.put("/x", "{}", 200ms);
  REQUIRE(late.error);
  CHECK(late.error->kind == Error::Kind::kTimeout);
  CHECK(late.error->message == "no answer from " + server.url() + " within 200ms");
  CHECK(late.maybe_done);
  CHECK(world.put("/x", "{}").ok());
  CHECK(server.connections() == 2);
}

TEST_CASE("--request-timeout shortens the limit of a request, and does not lengthen it") {
  for (const auto& [asked, own] : {std::pair(150ms, 0ms), {150ms, 60'000ms}, {60'000ms, 150ms}}) {
    RawServer server([](Peer& peer) {
      peer.request();
      peer.wait_for_close();
    });
    ClientFixture world(server.url(),
                        [&](Connection& connection) { connection.request_timeout = asked; });
    const HttpResponse late = world.put("/x", "{}", own);
    REQUIRE(late.error);
    CHECK(late.error->message == "no answer from " + server.url() + " within 150ms");
  }
}

TEST_CASE("a redirect is an error that names its target, and nothing follows it") {
  Notes elsewhere;
  RawServer target([&](Peer& peer) { elsewhere.add(peer.request()); });
  std::atomic<int> status{0};
  RawServer server([&](Peer& peer) {
    while (!peer.request().empty()) peer.answer(status, "", "Location: " + target.url() + "/y\r\n");
  });
  for (const int code : {301, 302, 303, 307, 308}) {
    status = code;
    ClientFixture world(server.url());
    for (const HttpResponse& response : {world.put("/x", "{}"), world.get("/x")}) {
      REQUIRE(response.error);
      CHECK_FALSE(response.maybe_done);
      CHECK(response.status == code);
      CHECK(has(response.error->message, "redirects to " + target.url() + "/y"));
    }
    std::optional<HttpResponse> end;
    world.client().stream({.path = "/x"},
                          {.on_open = [] { FAIL("it must not open"); },
                           .on_data = [](std::string_view) { FAIL("it must not deliver"); },
                           .on_end = [&](HttpResponse response) { end = std::move(response); }},
                          0s);
    REQUIRE(world.run_until([&] { return end.has_value(); }));
    CHECK(end->error);
    world.run_for(20ms);
  }
  CHECK(target.connections() == 0);
}

TEST_CASE("an answer without end is cut off") {
  RawServer server([](Peer& peer) {
    const std::string request = peer.request();
    const std::string filler(1 << 16, 'x');
    if (has(request, "/header")) peer.send("HTTP/1.1 200 OK\r\n");
    if (has(request, "/body")) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n");
    if (has(request, "/plain")) peer.send("HTTP/1.1 200 OK\r\n\r\n");
    for (int i = 0; i < 400; ++i) {
      peer.send(has(request, "/header") ? "X-Filler: " + filler.substr(0, 1000) + "\r\n" : filler);
    }
  });
  ClientFixture world(server.url());
  for (const std::string path : {"/body", "/plain", "/header"}) {
    CAPTURE(path);
    const HttpResponse response = world.get(path);
    REQUIRE(response.error);
    CHECK(response.error->kind == Error::Kind::kProtocol);
    CHECK(response.body.empty());
  }
  HttpRequest small;
  small.path = "/plain";
  small.body_limit = 1000;
  CHECK(world.fetch(std::move(small)).error);
}

TEST_CASE("a peer that does not speak HTTP is reported as such") {
  RawServer server([](Peer& peer) {
    peer.request();
    peer.send("SSH-2.0-OpenSSH_9.2\r\n");
  });
  ClientFixture world(server.url());
  const HttpResponse response = world.get("/x");
  REQUIRE(response.error);
  CHECK(response.error->message.starts_with(server.url()));
}

TEST_CASE("connections that are dropped take no more requests, but may still answer") {
  std::promise<void> go;
  const std::shared_future<void> gone = go.get_future().share();
  RawServer server([&](Peer& peer) {
    while (!peer.request().empty()) {
      if (peer.number() == 0) gone.wait_for(kSoon);
      peer.answer(200, "{\"connection\":" + std::to_string(peer.number()) + "}");
    }
  });
  ClientFixture world(server.url());
  std::optional<HttpResponse> first;
  world.client().send({.path = "/x"}, [&](HttpResponse response) { first = std::move(response); });
  REQUIRE(world.run_until([&] { return server.connections() == 1; }));
  world.client().drop_connections();
  world.client().drop_connections();
  CHECK(world.get("/x").body == "{\"connection\":1}");
  go.set_value();
  REQUIRE(world.run_until([&] { return first.has_value(); }));
  CHECK(first->body == "{\"connection\":0}");
}

namespace {

// Answers the first `count` requests like this, and the others with 200.
RawServer::Script busy_at_first(Notes& requests, std::size_t count, int status,
                                const std::string& headers = "") {
  return [&requests, count, status, headers](Peer& peer) {
    for (std::string request = peer.request(); !request.empty(); request = peer.request()) {
      requests.add(request);
      if (requests.count() <= count) {
        peer.answer(status, "{}", headers);
      } else {
        peer.answer(200, "{}");
      }
    }
  };
}

}  // namespace

TEST_CASE("a patient request is repeated when the API says so, if nothing was done") {
  struct Row {
    std::string method;
    int status;
    std::string headers;
    std::chrono::seconds patience;
    int end;
  };
  const std::string later = "Retry-After: 1\r\n";
  const std::vector<Row> table{
      {"GET", 429, later, 30s, 200}, {"GET", 429, "", 30s, 200},
      {"GET", 503, later, 30s, 200}, {"GET", 503, "", 30s, 503},
      {"PUT", 429, later, 30s, 200}, {"PUT", 503, later, 30s, 503},
      {"GET", 429, later, 0s, 429},  {"GET", 429, "Retry-After: 40\r\n", 30s, 429},
      {"GET", 403, later, 30s, 403},
  };
  for (const Row& row : table) {
    CAPTURE(row.method);
    CAPTURE(row.status);
    CAPTURE(row.headers);
    Notes requests;
    RawServer server(busy_at_first(requests, 1, row.status, row.headers));
    ClientFixture world(server.url());
    HttpRequest request;
    request.method = row.method;
    request.path = "/x";
    request.timeout = kSoon;
    const auto before = elector::kube::boot_now();
    request.patient_until = before + row.patience;
    CHECK(world.fetch(std::move(request)).status == row.end);
    CHECK(requests.count() == (row.end == 200 ? 2 : 1));
    if (row.end == 200) CHECK(elector::kube::boot_now() - before >= 1s);
  }
}

TEST_CASE("a request that waits to be sent again can be called off, and another can not") {
  Notes requests;
  RawServer server(busy_at_first(requests, 1, 429, "Retry-After: 20\r\n"));
  ClientFixture world(server.url());
  HttpRequest request;
  request.method = "PUT";
  request.path = "/x";
  request.patient_until = elector::kube::boot_now() + 100s;
  std::vector<int> observed;
  world.client().observe([&](std::string_view, int status) { observed.push_back(status); });
  const auto id = world.client().send(std::move(request), [](const HttpResponse&) { FAIL("end"); });
  CHECK_FALSE(world.client().cancel_postponed(id));
  REQUIRE(world.run_until([&] { return observed == std::vector<int>{429}; }));
  CHECK(world.client().cancel_postponed(id));
  CHECK_FALSE(world.client().cancel_postponed(id));
  CHECK(world.get("/y").status == 200);
  CHECK(requests.count() == 2);
}
