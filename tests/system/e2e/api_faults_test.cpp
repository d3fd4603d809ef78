// SPDX-License-Identifier: Apache-2.0
// Single requests and watches that go wrong: they cost requests, not the lead. These tests need a
// server that misbehaves on command, so they run on separate test servers, even when other tests
// run on a real cluster.
#include <doctest/doctest.h>

#include <csignal>
#include <functional>
#include <vector>

#include "tests/support/cluster.h"
#include "tests/support/observer.h"
#include "tests/system/e2e/lone_server.h"

namespace elector::tests {

TEST_SUITE("on a test server that misbehaves") {
  TEST_CASE("errors, hung requests, lost answers and garbage cost requests, not the lead") {
    const ApiServer server;
    const auto scenario = [&](const std::string& action) {
      const ElectionName election(server.api(), "faults");
      CandidateOptions options = options_for(server, "a", {"--lock=leases"});
      options.election = election.text();
      options.ttl = "8s";
      Candidate one(options);
      REQUIRE_MESSAGE(one.says("a"), one.log());
      server.fault(R"("verb":"PUT","name":")" + election.text() + "\"," + action);
      CHECK_MESSAGE(renews(server, election.lease(), "a"), action, one.log());
      CHECK_MESSAGE(one.output() == "a is the leader\n", action, one.log());
      CHECK(one.leader() == "a");
      CHECK(one.terminate() == 0);
      CHECK(server.api().holder(election.lease()) == "");
    };
    std::vector<std::function<void()>> scenarios;
    for (const char* action :
         {R"("action":"status","code":500)", R"("action":"status","code":503)",
          R"("action":"status","code":504,"apply":true)", R"("action":"hang")",
          R"("action":"hang","apply":true)", R"("action":"drop")", R"("action":"drop","count":3)",
          R"("action":"lose")", R"("action":"cut")", R"("action":"corrupt")",
          R"("action":"delay","delay":700)"}) {
      scenarios.emplace_back([&scenario, action] { scenario(action); });
    }
    together(scenarios);
  }

  TEST_CASE("the release is tried again when its request or its answer is lost") {
    const ApiServer server;
    const auto scenario = [&](const std::string& action) {
      const ElectionName election(server.api(), "release");
      CandidateOptions options = options_for(server, "a", {"--lock=leases"});
      options.election = election.text();
      options.ttl = "60s";  // the next renewal is far away
      Candidate one(options);
      REQUIRE_MESSAGE(one.says("a"), one.log());
      server.fault(R"("verb":"PUT","name":")" + election.text() + "\"," + action);
      CHECK_MESSAGE(one.terminate() == 0, one.log());
      CHECK_MESSAGE(server.api().holder(election.lease()) == "", action, one.log());
    };
    together({[&] { scenario(R"("action":"drop")"); }, [&] { scenario(R"("action":"lose")"); },
              [&] { scenario(R"("action":"status","code":500)"); }});
  }

  TEST_CASE(
      "a follower's answer becomes empty when the leader is dead and its record has expired") {
    const ApiServer server;
    Candidate leader(options_for(server, "leader", {"--lock=leases"}));
    REQUIRE_MESSAGE(leader.says("leader"), leader.log());
    // A follower that cannot take over, because it may not write.
    server.fault(R"("verb":"PUT","user":"member","count":-1,"action":"status","code":503)");
    Candidate follower(options_for(server, "follower", {"--lock=leases", "--context=member"}));
    REQUIRE_MESSAGE(follower.says("leader"), follower.log());
    leader.signal(SIGKILL);
    CHECK_MESSAGE(follower.says(""), follower.log());
    CHECK(follower.body() == "{\"name\":\"\"}");
    CHECK(follower.prints("nobody"));
    server.clear_faults();
    CHECK_MESSAGE(follower.says("follower"), follower.log());
  }

  TEST_CASE("a watch that cannot be had for a while is had later") {
    const ApiServer server;
    for (const char* action :
         {R"("action":"status","code":500)", R"("action":"drop")", R"("action":"cut")",
          R"("action":"corrupt")", R"("action":"throttle","interval":1)", R"("action":"hang")"}) {
      CAPTURE(action);
      server.fault(std::string(R"("verb":"WATCH","count":3,)") + action);
      const ElectionName election(server.api(), "watch");
      CandidateOptions options = options_for(server, "a", {"--lock=leases"});
      options.election = election.text();
      Candidate one(options);
      CHECK_MESSAGE(eventually([&] {
                      return contains(http_get(one.http_address(), "/metrics").body,
                                      "verb=\"WATCH\",code=\"200\"");
                    }),
                    one.log());
      server.clear_faults();
    }
  }

  TEST_CASE("a watch that is cut, ended, replayed or answered with 410 is resumed") {
    ApiServer server;
    CandidateOptions options = options_for(server, "", {"--lock=leases"});
    options.ttl = "60s";  // without its watch a follower would be seen to wait
    Candidates many(6, options);
    REQUIRE_MESSAGE(many.leader() != nullptr, many.logs());
    for (const std::string action : {"end", "replay", "gone", "compacted"}) {
      CAPTURE(action);
      if (action == "compacted") {
        server.compact();
        server.watches("end");
      } else {
        server.watches(action);
      }
      Candidate* leader = many.leader();
      REQUIRE(leader != nullptr);
      CHECK(leader->terminate() == 0);
      many.gone(*leader);
      CHECK_MESSAGE(many.leader() != nullptr, many.logs());
    }
  }

  TEST_CASE("a watch that falls silent does not hide a dead leader") {
    ApiServer server;
    Candidates two(2, options_for(server, "", {"--lock=leases"}));
    Candidate* leader = two.leader();
    REQUIRE_MESSAGE(leader != nullptr, two.logs());
    server.watches("stall");
    CHECK(leader->terminate() == 0);
    two.gone(*leader);
    CHECK_MESSAGE(two.leader() != nullptr, two.logs());
  }

  TEST_CASE("a 401 to a read of another kind of lock is not a missing permission: it reads again") {
    const ApiServer server;
    server.fault(R"("verb":"GET","resource":"endpoints","action":"status","code":401)");
    server.fault(R"("verb":"GET","resource":"configmaps","action":"status","code":401,"count":2)");
    Candidate one(options_for(server, "a"));
    CHECK_MESSAGE(one.says("a"), one.log());
    CHECK_MESSAGE(one.count_logged("permi") == 0, one.log());
  }

  TEST_CASE("a lock kind that the API does not serve holds no election") {
    const ApiServer server;
    server.fault(R"("resource":"endpoints","action":"status","code":404,"count":-1)");
    server.fault(R"("resource":"configmaps","action":"status","code":404,"count":-1)");
    Candidate one(options_for(server, "a"));
    CHECK_MESSAGE(one.says("a"), one.log());
    const Ran shown = run_elector(server.kubeconfig(), {"status", "no-such-election"});
    CHECK_MESSAGE(shown.exit_code == 3, shown.err);
    const Ran asked = run_elector(server.kubeconfig(), {"resign", "no-such-election"});
    CHECK_MESSAGE(contains(asked.err, "no candidate holds"), asked.err);
  }

  TEST_CASE("a token and a client certificate are as good as each other") {
    ApiServer server;
    Candidate by_token(options_for(server, "token", {"--context=member"}));
    REQUIRE_MESSAGE(by_token.says("token"), by_token.log());
    Candidate by_certificate(options_for(server, "certificate", {"--context=cert"}));
    CHECK_MESSAGE(by_certificate.says("token"), by_certificate.log());
    CHECK(by_token.terminate() == 0);
    CHECK_MESSAGE(by_certificate.says("certificate"), by_certificate.log());
  }
}

}  // namespace elector::tests
