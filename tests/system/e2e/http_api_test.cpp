// SPDX-License-Identifier: Apache-2.0
// What the sidecar answers over HTTP, and that no client can keep it from its work.
#include <doctest/doctest.h>

#include <atomic>
#include <csignal>
#include <set>
#include <thread>
#include <vector>

#include "tests/support/candidate.h"
#include "tests/support/cluster.h"
#include "tests/system/e2e/exec_fixture.h"

namespace elector::tests {
namespace {

CandidateOptions options_for(const ElectionName& election) {
  return {.kubeconfig = Cluster::get().kubeconfig(),
          .election = election.text(),
          .id = "",
          .more = {"--lock=leases"}};
}

const std::string kStreamRequest = "GET /watch HTTP/1.1\r\nHost: localhost\r\n";

// The id of the first event in what a stream has sent.
std::string first_id(const std::string& received) {
  const std::size_t at = received.find("id: ");
  return at == std::string::npos ? "" : received.substr(at + 4, received.find('\n', at) - at - 4);
}

}  // namespace

TEST_SUITE("elector run --http: the API") {
  TEST_CASE("GET /leader is 200 with the state on the leader, and 503 with it elsewhere") {
    const ElectionName election(Cluster::get().api(), "leader");
    Candidates two(2, options_for(election));
    Candidate* leader = two.leader();
    REQUIRE_MESSAGE(leader != nullptr, two.logs());
    Candidate& other = two.other_than(*leader);

    const HttpAnswer yes = http_get(leader->http_address(), "/leader");
    CHECK(yes.status == 200);
    CHECK(yes.headers.at("content-type") == "application/json");
    CHECK(yes.headers.at("cache-control") == "no-store");
    const Json state = parse_json(yes.body);
    const auto lease = Cluster::get().api().get(election.lease());
    CHECK(text_at(state, "/election") == election.text());
    CHECK(text_at(state, "/namespace") == "default");
    CHECK(text_at(state, "/lock") == "leases");
    CHECK(text_at(state, "/id") == leader->id());
    CHECK(text_at(state, "/leader") == leader->id());
    CHECK(state["isLeader"].IsTrue());
    CHECK(text_at(state, "/state") == "held");
    CHECK(text_at(state, "/acquireTime") == text_at(*lease, "/spec/acquireTime"));
    CHECK(number_at(state, "/expiresInMs") > 0);
    CHECK(number_at(state, "/expiresInMs") <= 2000);  // a leader's own hold: two thirds of 3s
    CHECK(number_at(state, "/transitions") == number_at(*lease, "/spec/leaseTransitions"));
    CHECK(text_at(state, "/fencingToken") != "");
    CHECK(number_at(state, "/observedAgoMs") >= 0);

    const HttpAnswer no = http_get(other.http_address(), "/leader");
    CHECK(no.status == 503);
    const Json seen = parse_json(no.body);
    CHECK(text_at(seen, "/leader") == leader->id());
    CHECK(text_at(seen, "/id") == other.id());
    CHECK(seen["isLeader"].IsFalse());
    CHECK(seen["fencingToken"].IsNull());
    CHECK(text_at(seen, "/acquireTime") == text_at(state, "/acquireTime"));
  }

  TEST_CASE(
      "HEAD and OPTIONS answer as GET does, without a body; everything else is 404 or 405 in "
      "JSON") {
    const ElectionName election(Cluster::get().api(), "methods");
    Candidates two(2, options_for(election));
    Candidate* leader = two.leader();
    REQUIRE_MESSAGE(leader != nullptr, two.logs());
    for (const std::string method : {"HEAD", "OPTIONS"}) {
      CAPTURE(method);
      const auto ask = [&](Candidate& who) {
        OpenConnection connection(who.http_address());
        connection.send(method + " /leader HTTP/1.0\r\n\r\n");
        CHECK(connection.ends());
        const std::string text = connection.received();
        CHECK(text.ends_with("\r\n\r\n"));
        return text.substr(9, 3);
      };
      CHECK(ask(*leader) == "200");
      CHECK(ask(two.other_than(*leader)) == "503");
    }
    OpenConnection stream(leader->http_address());
    stream.send("HEAD /watch HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    CHECK(stream.ends());
    CHECK(stream.received().starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(stream.received().find("text/event-stream") != std::string::npos);
    CHECK(stream.received().ends_with("\r\n\r\n"));
    CHECK(stream.received().find("\r\n\r\n") == stream.received().size() - 4);
    CHECK(http(leader->http_address(), {.method = "OPTIONS", .path = "*"}).status == 200);
    CHECK(http_get(leader->http_address(), "http://localhost:1/leader").status == 200);
    CHECK(http_get(leader->http_address(), "http://127.0.0.1").body.starts_with("{\"name\""));
    const HttpAnswer missing = http_get(leader->http_address(), "/no\"where");
    CHECK(missing.status == 404);
    CHECK(missing.headers.at("content-type") == "application/json");
    CHECK(text_at(parse_json(missing.body), "/message") == "no such page: /no\"where");
    for (const std::string path : {"/", "/leader", "/watch", "/healthz", "/metrics"}) {
      CAPTURE(path);
      const HttpAnswer refused =
          http(leader->http_address(), {.method = "POST", .path = path, .body = "{}"});
      CHECK(refused.status == 405);
      CHECK(refused.headers.at("allow") == "GET, HEAD, OPTIONS");
      CHECK(text_at(parse_json(refused.body), "/message") != "");
    }
    CHECK(http(leader->http_address(), {.method = "DELETE", .path = "/x"}).status == 404);
  }

  TEST_CASE("GET /watch sends the state at once and at each change, and honours Last-Event-ID") {
    const ElectionName election(Cluster::get().api(), "stream");
    Candidates two(2, options_for(election));
    Candidate* leader = two.leader();
    REQUIRE_MESSAGE(leader != nullptr, two.logs());
    Candidate& other = two.other_than(*leader);
    OpenConnection stream(other.http_address());
    stream.send(kStreamRequest + "\r\n");
    REQUIRE(stream.receives("Content-Type: text/event-stream\r\n"));
    REQUIRE(stream.receives("\"leader\":\"" + leader->id() + "\",\"isLeader\":false"));
    const std::string id = first_id(stream.received());
    CHECK(id != "");

    // A client that has seen it does not get it again; a client that has seen something else does.
    OpenConnection again(other.http_address());
    again.send(kStreamRequest + "Last-Event-ID: " + id + "\r\n\r\n");
    OpenConnection stranger(other.http_address());
    stranger.send(kStreamRequest + "Last-Event-ID: 1\r\n\r\n");
    REQUIRE(stranger.receives("\"leader\":\"" + leader->id() + "\""));
    REQUIRE(again.receives("\n:\n"));
    CHECK(again.received().find("data:") == std::string::npos);

    leader->terminate();
    for (OpenConnection* each : {&stream, &again, &stranger}) {
      CHECK(each->receives("\"leader\":\"" + other.id() + "\",\"isLeader\":true"));
    }
    CHECK(again.received().find("\"leader\":\"" + leader->id() + "\"") == std::string::npos);
    // A stream does not keep the process from ending.
    CHECK(other.terminate() == 0);
    CHECK(stream.ends());
  }

  TEST_CASE("probes: live while the loop answers, ready once the lock has been seen") {
    const ElectionName election(Cluster::get().api(), "probes");
    Candidates one(1, options_for(election));
    REQUIRE_MESSAGE(one.leader() != nullptr, one.logs());
    for (const std::string path : {"/healthz", "/livez", "/readyz"}) {
      CAPTURE(path);
      const HttpAnswer answer = http_get(one[0].http_address(), path);
      CHECK(answer.status == 200);
      CHECK(answer.body == "ok");
    }
    CandidateOptions away = options_for(election);
    away.more.emplace_back("--server=https://127.0.0.1:1");
    Candidates lost(1, away);
    CHECK(http_get(lost[0].http_address(), "/livez").status == 200);
    CHECK(http_get(lost[0].http_address(), "/readyz").status == 503);
    CHECK(http_get(lost[0].http_address(), "/leader").status == 503);
    const Json state = parse_json(http_get(lost[0].http_address(), "/leader").body);
    CHECK(state["leader"].IsNull());
    CHECK(text_at(state, "/state") == "unknown");
    CHECK(http_get(lost[0].http_address(), "/").body == "{\"name\":\"\"}");
  }

  TEST_CASE("elector exec serves the same") {
    const ElectionName election(Cluster::get().api(), "exec");
    Contender one({.election = election.text(),
                   .more = {"--http=127.0.0.1:0"},
                   .command = {"sleep", "1000"}});
    one.child();
    const auto line =
        one.process().wait_for_line(Process::Stream::kErr, containing("serving http"));
    REQUIRE(line);
    const Address address{.port = static_cast<std::uint16_t>(
                              std::stoi(line->text.substr(line->text.rfind(':') + 1)))};
    CHECK(http_get(address, "/leader").status == 200);
    CHECK(http_get(address, "/livez").status == 200);
    // The guard reports the child that it has started, which may print before that is read.
    CHECK(eventually([&] {
      return http_get(address, "/metrics").body.find("\nelector_child_starts_total 1\n") !=
             std::string::npos;
    }));
    CHECK(one.terminate() == 143);
  }
}

namespace {

void check_long_headers() {
  const ElectionName election(Cluster::get().api(), "header");
  Candidates one(1, options_for(election));
  const auto ask = [&](std::size_t size) {
    const std::string line(size, 'x');
    return http(one[0].http_address(), {.headers = {{"X-Long", line}}}).status;
  };
  CHECK(ask(7000) == 200);
  CHECK(ask(8300) == 431);
  CHECK(ask(16'000) != 200);
  CHECK(ask(1'000'000) != 200);
}

// Ten seconds are for the whole request, not from one byte to the next.
void check_slow_clients() {
  const ElectionName election(Cluster::get().api(), "slow");
  Candidates one(1, options_for(election));
  const Address address = one[0].http_address();
  OpenConnection silent(address);
  OpenConnection slow(address);
  slow.send("GET / HTTP/1.1\r\nX: ");
  const SteadyTime begin = std::chrono::steady_clock::now();
  CHECK(eventually([&] {
    slow.send("x");
    return slow.ends(Milliseconds(100));
  }));
  CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::seconds(9));
  CHECK(silent.ends());
}

// Watching clients must not lock out a probe, whose failure ends the pod.
void check_many_streams() {
  const ElectionName election(Cluster::get().api(), "streams");
  Candidates one(1, options_for(election));
  const Address address = one[0].http_address();
  std::vector<OpenConnection> streams;
  for (int i = 0; i < 192; ++i) {
    streams.emplace_back(address);
    streams.back().send(kStreamRequest + "\r\n");
    REQUIRE(streams.back().receives("data: "));
  }
  const HttpAnswer refused = http_get(address, "/watch");
  CHECK(refused.status == 503);
  CHECK(text_at(parse_json(refused.body), "/message") == "too many /watch streams are open");
  CHECK(http_get(address, "/livez").status == 200);
  streams.pop_back();
  CHECK(eventually([&] {
    OpenConnection again(address);
    again.send(kStreamRequest + "\r\n");
    return again.receives("data: ", Milliseconds(500));
  }));
}

void check_flood() {
  const ElectionName election(Cluster::get().api(), "flood");
  CandidateOptions options = options_for(election);
  options.ttl = "10s";  // on a busy machine a shorter one may be lost without any flood
  Candidates one(1, options);
  REQUIRE_MESSAGE(one.leader() != nullptr, one.logs());
  const Address address = one[0].http_address();
  const auto before = *Cluster::get().api().record(election.lease());
  std::vector<OpenConnection> silent;
  for (int i = 0; i < 256; ++i) silent.emplace_back(address);
  std::atomic<bool> over = false;
  std::atomic<int> answered = 0;
  const auto flood = [&] {
    while (!over) answered += http_get(address, "/").status == 200 ? 1 : 0;
  };
  std::thread one_flood(flood);
  std::thread another(flood);
  // Longer than D: a leader whose renewals wait loses its term.
  CHECK(throughout(std::chrono::seconds(8),
                   [&] { return one[0].count_logged("stopped leading") == 0; }));
  // Silent connections make room for a probe, too.
  CHECK(eventually([&] { return http_get(address, "/livez").status == 200; }));
  over = true;
  one_flood.join();
  another.join();
  CHECK(answered > 0);
  const auto after = *Cluster::get().api().record(election.lease());
  CHECK(after.acquire_time == before.acquire_time);
  CHECK(after.renew_time > before.renew_time);
  CHECK(after.transitions == before.transitions);
}

}  // namespace

TEST_SUITE("elector run --http: hostile clients") {
  TEST_CASE("long headers, slow and silent clients and floods cost only themselves") {
    together({check_long_headers, check_slow_clients, check_many_streams, check_flood});
  }
}

}  // namespace elector::tests
