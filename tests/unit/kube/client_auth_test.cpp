// SPDX-License-Identifier: Apache-2.0
// What a request is allowed to be: credentials, and the way through proxies.
#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

#include "kube/http/client.h"
#include "tests/support/contains.h"
#include "tests/support/raw_server.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/kube/client_fixture.h"
#include "tests/unit/kube/test_certificate.h"

using namespace std::chrono_literals;
using elector::Error;
using elector::kube::Connection;
using elector::kube::HttpResponse;
using elector::tests::ClientFixture;
using elector::tests::has;
using elector::tests::make_certificate;
using elector::tests::Notes;
using elector::tests::RawServer;
using elector::tests::serve_all;
using elector::tests::TempDir;
using elector::tests::TestCertificate;

namespace {

using Peer = RawServer::Peer;

}  // namespace

TEST_CASE("a 401 is followed by one second try, with credentials that are read again") {
  const TempDir dir;
  const std::string file = dir.write("token", "old");
  Notes requests;
  RawServer server([&](Peer& peer) {
    while (true) {
      const std::string request = peer.request();
      if (request.empty()) return;
      requests.add(request);
      if (has(request, "Bearer new")) {
        peer.answer(200, "{}");
      } else {
        dir.write("token", "new");
        peer.answer(401, "{}");
      }
    }
  });
  ClientFixture world(server.url(), [&](Connection& connection) {
    connection.credentials.token.clear();
    connection.credentials.token_file = file;
  });
  CHECK(world.put("/x", "{}").ok());
  CHECK(requests.count() == 2);
}

TEST_CASE("a 401 to credentials that do not change is final at once") {
  Notes requests;
  RawServer server([&](Peer& peer) {
    while (true) {
      const std::string request = peer.request();
      if (request.empty()) return;
      requests.add(request);
      peer.answer(401, "{\"kind\":\"Status\",\"message\":\"Unauthorized\"}");
    }
  });
  ClientFixture world(server.url());
  const HttpResponse response = world.get("/x");
  CHECK(response.status == 401);
  CHECK_FALSE(response.error);
  CHECK(has(response.body, "Unauthorized"));
  CHECK(requests.count() == 1);
}

TEST_CASE("an answer that quotes the request is not quoted with the token") {
  RawServer server([&](Peer& peer) {
    while (true) {
      const std::string request = peer.request();
      if (request.empty()) return;
      const std::size_t at = request.find("Authorization:");
      REQUIRE(at != std::string::npos);
      peer.answer(400, "bad: " + request.substr(at, request.find('\r', at) - at));
    }
  });
  ClientFixture world(server.url());
  CHECK(world.get("/x").body == "bad: Authorization: Bearer [credential]");
}

TEST_CASE("neither is a warning, or an audit id, of any status") {
  for (const int status : {200, 403}) {
    CAPTURE(status);
    RawServer server([status](Peer& peer) {
      const std::string request = peer.request();
      const std::size_t at = request.find("Bearer ") + 7;
      if (request.empty()) return;
      const std::string token = request.substr(at, request.find('\r', at) - at);
      peer.answer(status, "{}",
                  "Warning: 299 - \"old: " + token + ".\"\r\nAudit-Id: a-" + token + "\r\n");
    });
    ClientFixture world(server.url());
    const HttpResponse response = world.get("/x");
    CHECK(response.status == status);
    CHECK(response.warnings == std::vector<std::string>{"old: [credential]."});
    CHECK(response.audit_id == "a-[credential]");
  }
}

TEST_CASE("plain requests go through the proxy, which errors name without its password") {
  Notes requests;
  RawServer proxy([&](Peer& peer) {
    const std::string request = peer.request();
    requests.add(request);
    peer.answer(request.starts_with("CONNECT") ? 403 : 200, "{}");
    peer.wait_for_close();
  });
  const std::string proxy_url = "http://user:hidden@127.0.0.1:" + std::to_string(proxy.port());
  ClientFixture plain("http://api.invalid:8080", [&](Connection& c) { c.proxy_url = proxy_url; });
  CHECK(plain.get("/x").ok());
  CHECK(requests.all().at(0).starts_with("GET http://api.invalid:8080/x HTTP/1.1\r\n"));
  ClientFixture tunnel("https://api.invalid:6443", [&](Connection& c) { c.proxy_url = proxy_url; });
  const HttpResponse response = tunnel.put("/x", "{}");
  CHECK(requests.all().at(1).starts_with("CONNECT api.invalid:6443 HTTP/1.1\r\n"));
  CHECK_FALSE(has(requests.all().at(1), "secret-token"));
  REQUIRE(response.error);
  CHECK_FALSE(response.maybe_done);
  CHECK(has(response.error->message, "403"));
  CHECK_FALSE(has(response.error->message, "hidden"));
}

TEST_CASE("a proxy that refuses a tunnel is blamed, not the server, with what to do about it") {
  for (const int status : {403, 407, 502}) {
    CAPTURE(status);
    RawServer proxy([&](Peer& peer) {
      if (!peer.request().empty()) peer.answer(status, "no");
    });
    const std::string at = "127.0.0.1:" + std::to_string(proxy.port());
    ClientFixture world("https://api.invalid:6443",
                        [&](Connection& c) { c.proxy_url = "http://user:hidden@" + at; });
    const HttpResponse response = world.get("/x");
    REQUIRE(response.error);
    CHECK(has(response.error->message, "cannot reach https://api.invalid:6443: proxy http://" + at +
                                           " refuses with HTTP status " + std::to_string(status)));
    CHECK(has(response.error->message, status == 407 ? "the user and the password"
                                                     : "its rules, or bypass it with NO_PROXY"));
  }
}

TEST_CASE("a proxy's user and password are what stands before the last @, percent-decoded") {
  Notes requests;
  RawServer proxy([&](Peer& peer) {
    requests.add(peer.request());
    peer.answer(200, "{}");
    peer.wait_for_close();
  });
  const std::string at = "@127.0.0.1:" + std::to_string(proxy.port());
  for (const std::string user : {"me:s3cr@t", "me:s3cr%40t"}) {
    ClientFixture world("http://api.invalid:8080",
                        [&](Connection& c) { c.proxy_url = "http://" + user + at; });
    CHECK(world.get("/x").ok());
    // base64 of me:s3cr@t
    CHECK(has(requests.all().back(), "\r\nProxy-Authorization: Basic bWU6czNjckB0\r\n"));
  }
  ClientFixture nowhere("http://api.invalid:8080",
                        [&](Connection& c) { c.proxy_url = "http://me:s3cret@127.0.0.1:1"; });
  const HttpResponse response = nowhere.get("/x");
  REQUIRE(response.error);
  CHECK_FALSE(has(response.error->message, "s3cret"));
}

TEST_CASE("a SOCKS proxy gets the server's name to resolve, as from Go's clients") {
  using namespace std::string_literals;
  Notes notes;
  RawServer proxy([&](Peer& peer) {  // RFC 1928, without authentication
    const std::string greeting = peer.bytes(2);
    peer.bytes(static_cast<std::size_t>(greeting.at(1)));
    peer.send("\x05\x00"s);
    const std::string head = peer.bytes(5);
    notes.add(head.substr(0, 4) == "\x05\x01\x00\x03"s ? "by name" : "by address");
    notes.add(peer.bytes(static_cast<std::size_t>(head.at(4))));
    peer.bytes(2);
    peer.send("\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"s);
    serve_all(peer);
  });
  ClientFixture world("http://api.invalid:8080", [&](Connection& connection) {
    connection.proxy_url = "socks5://127.0.0.1:" + std::to_string(proxy.port());
  });
  CHECK(world.get("/x").ok());
  CHECK(notes.all() == std::vector<std::string>{"by name", "api.invalid"});
}

TEST_CASE("a client certificate that changes takes new connections") {
  const TempDir dir;
  const auto write = [&](const std::string& name) {
    const TestCertificate made = make_certificate(name);
    dir.write("key.pem", made.key);
    dir.write("certificate.pem", made.certificate);
  };
  write("first");
  RawServer server(serve_all);
  ClientFixture world(server.url(), [&](Connection& connection) {
    connection.credentials.client_certificate.file = dir.path("certificate.pem");
    connection.credentials.client_key.file = dir.path("key.pem");
  });
  CHECK(world.get("/x").ok());
  CHECK(world.get("/x").ok());
  CHECK(server.connections() == 1);
  write("second");
  REQUIRE(world.run_until([&] { return world.get("/x").ok() && server.connections() > 1; }));
  CHECK(server.connections() == 2);
}

TEST_CASE("a request that gets no credentials ends at its limit, and nothing was sent") {
  RawServer server(serve_all);
  ClientFixture world(server.url(), [](Connection& connection) {
    connection.credentials.token.clear();
    elector::kube::ExecPlugin plugin;
    plugin.command = "/bin/sleep";
    plugin.args = {"600"};
    plugin.api_version = "client.authentication.k8s.io/v1";
    connection.credentials.exec = plugin;
  });
  const HttpResponse response = world.put("/x", "{}", 200ms);
  REQUIRE(response.error);
  CHECK_FALSE(response.maybe_done);
  CHECK(response.error->kind == Error::Kind::kTimeout);
  CHECK(server.connections() == 0);
}

TEST_CASE("credentials that cannot be had are the request's error") {
  RawServer server(serve_all);
  ClientFixture world(server.url(), [](Connection& connection) {
    connection.credentials.token.clear();
    connection.credentials.token_file = "/nonexistent/token";
  });
  const HttpResponse response = world.get("/x");
  REQUIRE(response.error);
  CHECK(response.error->kind == Error::Kind::kCredentials);
  CHECK(has(response.error->message, "/nonexistent/token"));
}
