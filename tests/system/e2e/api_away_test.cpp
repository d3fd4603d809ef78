// SPDX-License-Identifier: Apache-2.0
// An API server that does not answer, or refuses: `elector run` never ends because of it, logs the
// cause once, and continues when it is back. These tests need a server that misbehaves on command,
// so they run on separate test servers, even when other tests run on a real cluster.
#include <doctest/doctest.h>

#include <csignal>
#include <fstream>

#include "tests/support/cluster.h"
#include "tests/support/relay.h"
#include "tests/system/e2e/lone_server.h"

namespace elector::tests {
namespace {

// An API server that is absent at start is waited for, and its absence is logged once.
void absent_at_start() {
  ApiServer server;
  server.stop();
  Candidate one(options_for(server, "a"));
  CHECK_MESSAGE(one.logs("refused"), one.log());
  CHECK(one.body() == "{\"name\":\"\"}");
  CHECK(throughout(std::chrono::seconds(2), [&] { return one.process().running(); }));
  CHECK(one.count_logged("refused") <= 3);  // once for each kind of lock at the most
  server.start();
  CHECK_MESSAGE(one.says("a"), one.log());
  CHECK(one.terminate() == 0);
}

// A load balancer that restarts is reported as what it is, once, and so is its return; not as a
// problem of TLS, which it spoke a moment ago.
void reset_by_a_load_balancer() {
  const ApiServer server;
  Relay relay(server.kubeconfig());
  CandidateOptions options = options_for(server, "a", relay.flags());
  options.ttl = "6s";
  Candidate one(options);
  REQUIRE_MESSAGE(one.says("a"), one.log());
  relay.set({.kind = Passage::Kind::kCut});
  CHECK_MESSAGE(one.logs(" was reset"), one.log());
  CHECK(one.prints("nobody"));
  relay.restore();
  REQUIRE_MESSAGE(one.says("a"), one.log());
  CHECK_MESSAGE(one.logs("info the API server answers again"), one.log());
  CHECK(renews(server, kLease, "a"));
  // Of an established connection, or of one that was about to be.
  const auto resets =
      one.count_logged("warn the connection to ") + one.count_logged("warn cannot reach ");
  CHECK_MESSAGE(resets == 1, one.log());
  CHECK_MESSAGE(one.count_logged("warn cannot watch ") == 1, one.log());
  CHECK_MESSAGE(one.count_logged("answers again") == 1, one.log());
  CHECK_MESSAGE(one.count_logged("TLS") == 0, one.log());
}

// A restart of the API server does not cost the leader its term.
void restarted() {
  ApiServer server;
  CandidateOptions options = options_for(server, "");
  options.ttl = "6s";
  Candidates two(2, options);
  Candidate* leader = two.leader();
  REQUIRE_MESSAGE(leader != nullptr, two.logs());
  for (int round = 0; round < 2; ++round) {
    server.stop();
    server.start();
    CHECK(renews(server, kLease, leader->id()));
  }
  CHECK(two.leader() == leader);
  CHECK(leader->output() == leader->id() + " is the leader\n");
  CHECK(leader->terminate() == 0);
  two.gone(*leader);
  CHECK_MESSAGE(two.leader() != nullptr, two.logs());
}

// After a restore from a backup, versions count from the past again, and a watch from a version of
// the future is silent. It is restarted.
void restored() {
  ApiServer server;
  Candidates two(2, options_for(server, ""));
  REQUIRE_MESSAGE(two.leader() != nullptr, two.logs());
  server.back_up();
  for (int i = 0; i < 400; ++i) {
    server.api().patch(kLease, R"({"metadata":{"labels":{"i":")" + std::to_string(i) + R"("}}})");
  }
  server.restore();
  // With a deaf watch a follower forgets the leader once in every lease, which is of 3 seconds.
  const auto is_steady = [&] {
    const Candidate* leader = two.leader();
    if (leader == nullptr) return false;
    const Candidate& follower = two.other_than(*leader);
    const std::string printed = follower.output();
    return throughout(std::chrono::seconds(5), [&] {
      return follower.output() == printed && follower.leader() == leader->id();
    });
  };
  CHECK_MESSAGE(eventually(is_steady), two.logs());
}

// An API server that is away for longer than the lease ends the lead, not the process.
void away_for_longer_than_the_lease() {
  ApiServer server;
  Candidates two(2, options_for(server, ""));
  Candidate* leader = two.leader();
  REQUIRE_MESSAGE(leader != nullptr, two.logs());
  Candidate& other = two.other_than(*leader);
  server.stop();
  CHECK_MESSAGE(leader->prints("nobody"), leader->log());
  CHECK(leader->body() == "{\"name\":\"\"}");
  CHECK_MESSAGE(other.says(""), other.log());
  server.start();
  CHECK_MESSAGE(two.leader() != nullptr, two.logs());
}

// An API server that freezes costs requests, and the lead only when it lasts.
void frozen() {
  ApiServer server;
  Candidates two(2, options_for(server, ""));
  Candidate* leader = two.leader();
  REQUIRE_MESSAGE(leader != nullptr, two.logs());
  server.freeze();
  CHECK_MESSAGE(leader->prints("nobody"), leader->log());
  CHECK(leader->body() == "{\"name\":\"\"}");
  CHECK(two.other_than(*leader).says(""));
  server.thaw();
  CHECK_MESSAGE(two.leader() != nullptr, two.logs());
}

// 403 to everything is logged once, names the missing permission, and is over when permitted.
void forbidden_everything() {
  ApiServer server;
  Candidate one(options_for(server, "a", {"--context=nobody"}));
  CHECK_MESSAGE(one.logs("cannot get resource"), one.log());
  CHECK(one.logs("leases"));
  CHECK(throughout(std::chrono::seconds(2), [&] { return one.process().running(); }));
  CHECK_MESSAGE(one.count_logged("cannot get resource") == 1, one.log());
  CHECK(one.body() == "{\"name\":\"\"}");
  server.tokens(R"([{"token":"nobody-token","user":"nobody","rules":[{"apiGroups":["*"],)"
                R"("resources":["leases"],"verbs":["get","watch","create","update"]}]}])");
  CHECK_MESSAGE(one.says("a"), one.log());
}

// A missing verb is named, one after the other.
void missing_verbs() {
  ApiServer server;
  const auto allow = [&](const std::string& verbs) {
    server.tokens(R"([{"token":"nobody-token","user":"nobody","rules":[{"apiGroups":["*"],)"
                  R"("resources":["leases"],"verbs":[)" +
                  verbs + "]}]}]");
  };
  allow(R"("get","watch")");
  Candidate one(options_for(server, "a", {"--context=nobody"}));
  CHECK_MESSAGE(one.logs("cannot create resource"), one.log());
  allow(R"("get","watch","create")");
  CHECK_MESSAGE(one.logs("cannot update resource"), one.log());
  allow(R"("get","watch","create","update")");
  CHECK_MESSAGE(one.says("a"), one.log());
  CHECK(renews(server, kLease, "a"));
}

// Without permission to watch it polls, logs this once, and follows a change of leader.
void no_right_to_watch() {
  ApiServer server;
  CandidateOptions options = options_for(server, "", {"--context=polling"});
  options.ttl = "4s";
  Candidates two(2, options);
  Candidate* leader = two.leader();
  REQUIRE_MESSAGE(leader != nullptr, two.logs());
  CHECK(leader->terminate() == 0);
  two.gone(*leader);
  Candidate* next = two.leader();
  REQUIRE_MESSAGE(next != nullptr, two.logs());
  CHECK_MESSAGE(next->count_logged("watch") == 1, next->log());
}

// 429 is obeyed to its Retry-After, and does not cost the lead.
void too_many_requests() {
  ApiServer server;
  CandidateOptions options = options_for(server, "a");
  options.ttl = "6s";
  Candidate one(options);
  REQUIRE_MESSAGE(one.says("a"), one.log());
  server.fault(R"("verb":"PUT","count":2,"action":"status","code":429,"retryAfter":1,)"
               R"("reason":"TooManyRequests","message":"please slow down")");
  CHECK_MESSAGE(one.logs("please slow down"), one.log());
  CHECK(renews(server, kLease, "a"));
  CHECK(one.output() == "a is the leader\n");
}

// A token that expires is read again, and the leader keeps leading.
void token_expires() {
  ApiServer server;
  const TempDir dir;
  const std::string rules = R"("rules":[{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}])";
  server.tokens(R"([{"token":"first","user":"pod",)" + rules + "}]");
  const std::string token_file = dir.write("token", "first");
  std::ifstream own(server.kubeconfig());
  std::string text;
  for (std::string line; std::getline(own, line);) {
    const std::size_t at = line.find("token: admin-token");
    text += at == std::string::npos ? line : line.substr(0, at) + "tokenFile: " + token_file + "}";
    text += "\n";
  }
  CandidateOptions options = options_for(server, "a");
  options.kubeconfig = dir.write("kubeconfig", text);
  options.ttl = "6s";
  Candidate one(options);
  REQUIRE_MESSAGE(one.says("a"), one.log());
  server.tokens(R"([{"token":"second","user":"pod",)" + rules + "}]");
  dir.write("token", "second");
  server.tokens(R"([{"token":"first","revoke":true}])");
  CHECK_MESSAGE(renews(server, kLease, "a"), one.log());
  CHECK(one.output() == "a is the leader\n");
}

// A revoked token is logged, and when it is valid again the candidate recovers.
void token_revoked() {
  ApiServer server;
  Candidate one(options_for(server, "a", {"--context=member"}));
  REQUIRE_MESSAGE(one.says("a"), one.log());
  server.tokens(R"([{"token":"member-token","revoke":true}])");
  CHECK_MESSAGE(one.logs("Unauthorized"), one.log());
  CHECK_MESSAGE(one.says(""), one.log());
  server.tokens(R"([{"token":"member-token","user":"member"}])");
  CHECK_MESSAGE(one.says("a"), one.log());
}

// A leader that is stopped while the API server does not answer tries to release the lock as long
// as the lock names it, and ends then.
void ended_while_away() {
  ApiServer server;
  Candidate one(options_for(server, "a", {"--lock=leases"}));
  REQUIRE_MESSAGE(one.says("a"), one.log());
  server.stop();
  CHECK(one.terminate() == 0);
  CHECK_MESSAGE(one.logs("could not release the lock"), one.log());
}

// A third signal ends it at once, and its exit code shows that the lock was left behind.
void hurried_while_frozen() {
  ApiServer server;
  CandidateOptions options = options_for(server, "a", {"--lock=leases"});
  options.ttl = "10m";
  Candidate one(options);
  REQUIRE_MESSAGE(one.says("a"), one.log());
  server.freeze();
  one.signal(SIGINT);
  CHECK(one.logs("SIGINT"));
  one.signal(SIGINT);
  CHECK(eventually([&] { return one.count_logged("SIGINT") == 2; }));
  CHECK(one.process().running());
  one.signal(SIGINT);
  CHECK(one.process().wait_exit() == 1);
  CHECK_MESSAGE(one.logs("before the lock was released"), one.log());
}

}  // namespace

TEST_SUITE("on a test server that misbehaves") {
  TEST_CASE(
      "an API server that is absent, unreachable, restarted or frozen ends no process, and no term "
      "that its lease outlasts") {
    together({absent_at_start, reset_by_a_load_balancer, restarted, restored,
              away_for_longer_than_the_lease, frozen, ended_while_away, hurried_while_frozen});
  }

  TEST_CASE(
      "the reason of an API server that refuses is logged once, and the candidate continues when "
      "it may") {
    together({forbidden_everything, missing_verbs, no_right_to_watch, too_many_requests,
              token_expires, token_revoked});
  }
}

}  // namespace elector::tests
