// What `elector run` survives. These tests need a server that misbehaves on command, so they run on
// test servers of their own, also when the others run on a real cluster.
#include <doctest/doctest.h>

#include <csignal>
#include <fstream>

#include "tests/support/api_server.h"
#include "tests/support/candidate.h"
#include "tests/support/cluster.h"

namespace elector::tests {
namespace {

CandidateOptions options_for(const ApiServer& server, const std::string& id,
                             std::vector<std::string> more = {}) {
  return {.kubeconfig = server.kubeconfig(),
          .election = "example",
          .id = id,
          .ttl = "3s",
          .more = std::move(more)};
}

const ObjectName kLease{.resource = "leases", .name = "example"};

// Whether the lock is renewed from now on: its version changes, twice, under this holder.
bool renews(const ApiServer& server, const std::string& holder) {
  std::string last;
  int changes = -1;
  return eventually([&] {
    const auto object = server.api().get(kLease);
    if (!object || record_in(*object)->holder != holder) return false;
    const std::string version = text_at(*object, "/metadata/resourceVersion");
    if (version != last) ++changes;
    last = version;
    return changes >= 2;
  });
}

}  // namespace

TEST_SUITE("on a test server that misbehaves") {
  TEST_CASE("an API server that is absent at start is waited for, and its absence said once") {
    ApiServer server;
    server.stop();
    Candidate one(options_for(server, "a"));
    CHECK_MESSAGE(one.logs("refused"), one.log());
    CHECK(one.body() == "{\"name\":\"\"}");
    CHECK(throughout(std::chrono::seconds(3), [&] { return one.process().running(); }));
    CHECK(one.count_logged("refused") <= 3);  // once for each kind of lock at the most
    server.start();
    CHECK_MESSAGE(one.says("a"), one.log());
    CHECK(one.terminate() == 0);
  }

  TEST_CASE("a restart of the API server costs nobody the lead") {
    ApiServer server;
    CandidateOptions options = options_for(server, "");
    options.ttl = "6s";
    Candidates two(2, options);
    Candidate* leader = two.leader();
    REQUIRE_MESSAGE(leader != nullptr, two.logs());
    for (int round = 0; round < 2; ++round) {
      server.stop();
      server.start();
      CHECK(renews(server, leader->id()));
    }
    CHECK(two.leader() == leader);
    CHECK(leader->output() == leader->id() + " is the leader\n");
    CHECK(leader->terminate() == 0);
    two.gone(*leader);
    CHECK_MESSAGE(two.leader() != nullptr, two.logs());
  }

  TEST_CASE("an API server that is away for longer than the lease ends the lead, not the process") {
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

  TEST_CASE("an API server that freezes costs requests, and the lead only when it lasts") {
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

  TEST_CASE(
      "403 to everything is said once, names the missing permission, and is over when allowed") {
    ApiServer server;
    Candidate one(options_for(server, "a", {"--context=nobody"}));
    CHECK_MESSAGE(one.logs("cannot get resource"), one.log());
    CHECK(one.logs("leases"));
    CHECK(throughout(std::chrono::seconds(3), [&] { return one.process().running(); }));
    CHECK_MESSAGE(one.count_logged("cannot get resource") == 1, one.log());
    CHECK(one.body() == "{\"name\":\"\"}");
    server.tokens(R"([{"token":"nobody-token","user":"nobody","rules":[{"apiGroups":["*"],)"
                  R"("resources":["leases"],"verbs":["get","watch","create","update"]}]}])");
    CHECK_MESSAGE(one.says("a"), one.log());
  }

  TEST_CASE("a missing verb is named, one after the other") {
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
    CHECK(renews(server, "a"));
  }

  TEST_CASE("without the right to watch it polls, says so once, and follows a change of leader") {
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

  TEST_CASE("429 is obeyed to its Retry-After, and does not cost the lead") {
    ApiServer server;
    CandidateOptions options = options_for(server, "a");
    options.ttl = "6s";
    Candidate one(options);
    REQUIRE_MESSAGE(one.says("a"), one.log());
    server.fault(R"("verb":"PUT","count":2,"action":"status","code":429,"retryAfter":1,)"
                 R"("reason":"TooManyRequests","message":"please slow down")");
    CHECK_MESSAGE(one.logs("please slow down"), one.log());
    CHECK(renews(server, "a"));
    CHECK(one.output() == "a is the leader\n");
  }

  TEST_CASE("errors, hung requests, lost answers and garbage cost requests, not the lead") {
    for (const char* action : {R"("action":"status","code":500)", R"("action":"status","code":503)",
                               R"("action":"status","code":504,"apply":true)", R"("action":"hang")",
                               R"("action":"drop")", R"("action":"lose")", R"("action":"cut")",
                               R"("action":"corrupt")", R"("action":"corrupt","apply":true)"}) {
      CAPTURE(action);
      static ApiServer server;
      const ElectionName election(server.api(), "faults");
      CandidateOptions options = options_for(server, "a", {"--lock=leases"});
      options.election = election.text();
      options.ttl = "8s";
      Candidate one(options);
      REQUIRE_MESSAGE(one.says("a"), one.log());
      const long before = server.requests("leases", "PUT");
      server.fault(std::string(R"("verb":"PUT","count":1,)") + action);
      CHECK(eventually([&] { return server.requests("leases", "PUT") >= before + 2; }));
      CHECK(one.output() == "a is the leader\n");
      CHECK(one.leader() == "a");
      CHECK(one.terminate() == 0);
      CHECK(server.api().holder(election.lease()) == "");
      server.clear_faults();
    }
  }

  TEST_CASE("a watch that is cut, ended, replayed or told 410 is taken up again") {
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

  TEST_CASE("a token that expires is read again, and the lead goes on") {
    ApiServer server;
    const TempDir dir;
    const std::string rules = R"("rules":[{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}])";
    server.tokens(R"([{"token":"first","user":"pod",)" + rules + "}]");
    const std::string token_file = dir.write("token", "first");
    std::ifstream own(server.kubeconfig());
    std::string text;
    for (std::string line; std::getline(own, line);) {
      const std::size_t at = line.find("token: admin-token");
      text +=
          at == std::string::npos ? line : line.substr(0, at) + "tokenFile: " + token_file + "}";
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
    CHECK_MESSAGE(renews(server, "a"), one.log());
    CHECK(one.output() == "a is the leader\n");
  }

  TEST_CASE("a token that is revoked is said, and when it is good again so is the candidate") {
    ApiServer server;
    Candidate one(options_for(server, "a", {"--context=member"}));
    REQUIRE_MESSAGE(one.says("a"), one.log());
    server.tokens(R"([{"token":"member-token","revoke":true}])");
    CHECK_MESSAGE(one.logs("Unauthorized"), one.log());
    CHECK_MESSAGE(one.says(""), one.log());
    server.tokens(R"([{"token":"member-token","user":"member"}])");
    CHECK_MESSAGE(one.says("a"), one.log());
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
