// SPDX-License-Identifier: Apache-2.0
// `elector resign`: the leader is asked through the lock object, stops its work, and another leads.
#include <doctest/doctest.h>

#include <csignal>
#include <thread>

#include "tests/support/contains.h"
#include "tests/support/observer.h"
#include "tests/support/temp_dir.h"
#include "tests/system/e2e/exec_fixture.h"

namespace elector::tests {
namespace {

const Api& api() {
  return Cluster::get().api();
}

Ended resign(const ElectionName& election, Words more = {}) {
  Words words{elector_binary(), "resign", election.text(),
              "--kubeconfig=" + Cluster::get().kubeconfig()};
  words.insert(words.end(), more.begin(), more.end());
  return run_to_end(Command{.arguments = words, .environment = clean_environment()});
}

CandidateOptions options_for(const ElectionName& election, const std::string& lock = "leases") {
  return {.kubeconfig = Cluster::get().kubeconfig(),
          .election = election.text(),
          .id = "",
          .ttl = "60s",  // waiting for the lease would be noticed
          .more = {"--lock=" + lock}};
}

// Renewed this many minutes from now: each renewal has a different time.
std::string lease_of(const std::string& holder, int duration, int minute) {
  const std::string time = "\"" + time_text(std::chrono::minutes(minute)) + ".000000Z\"";
  return R"({"spec":{"holderIdentity":")" + holder + R"(","leaseDurationSeconds":)" +
         std::to_string(duration) +
         R"(,"leaseTransitions":3,"acquireTime":"2026-01-02T03:04:05.000000Z","renewTime":)" +
         time + "}}";
}

// A Lease that another program holds.
void create_foreign(const ElectionName& election, int duration) {
  api().create(election.lease(),
               R"({"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":")" +
                   election.text() + "\"}}");
  api().patch(election.lease(), lease_of("x", duration, 0));
}

bool shows(const ElectionName& election, const std::string& text) {
  return to_text(*api().get(election.lease())).find(text) != std::string::npos;
}

}  // namespace

TEST_SUITE("elector resign") {
  TEST_CASE(
      "the leader steps down, and stands aside for another; the lock shows nothing of it then") {
    for (const std::string lock : {"leases", "endpointsleases"}) {
      CAPTURE(lock);
      const ElectionName election(api(), "resign");
      Candidates two(2, options_for(election, lock));
      Candidate* leader = two.leader();
      REQUIRE_MESSAGE(leader != nullptr, two.logs());
      Candidate& other = two.other_than(*leader);
      const Ended ended = resign(election);
      CHECK_MESSAGE(ended.code == 0, ended.err);
      // If it was quicker than the answer could be seen, the next one is named already.
      const bool stepped_down = ended.out == leader->id() + " steps down\n";
      CHECK_MESSAGE((stepped_down || ended.out == other.id() + " is the leader\n"), ended.out);
      CHECK_MESSAGE(other.says(other.id()), two.logs());
      CHECK(leader->says(other.id()));
      CHECK(leader->logs("asked to resign"));
      CHECK_FALSE(shows(election, "elector/resign"));
      // And back again.
      const Ended back = resign(election, {"--wait", "--id=" + other.id()});
      CHECK_MESSAGE(back.code == 0, back.err);
      CHECK(back.out == leader->id() + " is the leader\n");
      CHECK(leader->says(leader->id()));
    }
  }

  TEST_CASE("--to hands over to the named candidate, and no other leads in between") {
    const ElectionName election(api(), "handover");
    Candidates three(3, options_for(election));
    REQUIRE_MESSAGE(three.leader() != nullptr, three.logs());
    for (int round = 0; round < 6; ++round) {
      const std::string before = three.leader()->id();
      const auto record = *api().record(election.lease());
      const std::string to = before == "a" ? "b" : before == "b" ? "c" : "a";
      const Ended ended = resign(election, {"--to=" + to, "--wait=1m"});
      CHECK_MESSAGE(ended.code == 0, ended.err);
      CHECK(ended.out == to + " is the leader\n");
      REQUIRE_MESSAGE(three.leader() != nullptr, three.logs());
      CHECK(three.leader()->id() == to);
      CHECK(api().record(election.lease())->transitions == record.transitions + 1);
    }
    const std::string leader = three.leader()->id();
    const Ended already = resign(election, {"--to=" + leader});
    CHECK(already.code == 0);
    CHECK(already.out == leader + " is the leader\n");
  }

  TEST_CASE("if the successor does not come, anyone may lead, and resign --to ends with 1") {
    const ElectionName election(api(), "nosuch");
    CandidateOptions options = options_for(election);
    options.ttl = "5s";
    Candidates two(2, options);
    Candidate* leader = two.leader();
    REQUIRE_MESSAGE(leader != nullptr, two.logs());
    Candidate& other = two.other_than(*leader);
    const Ended ended = resign(election, {"--to=nobody-here", "--wait"});
    CHECK_MESSAGE(ended.code == 1, ended.err);
    CHECK(ended.out == other.id() + " is the leader\n");
    CHECK_MESSAGE(ended.err.find("nobody-here did not become the leader in time, " + other.id() +
                                 " did\n") != std::string::npos,
                  ended.err);
  }

  TEST_CASE(
      "without another candidate it competes again after a lease, and the waiter reports it") {
    const ElectionName election(api(), "alone");
    CandidateOptions options = options_for(election);
    options.ttl = "2s";
    Candidates one(1, options);
    REQUIRE_MESSAGE(one.leader() != nullptr, one.logs());
    const Ended ended = resign(election, {"--wait"});
    CHECK(ended.code == 1);
    CHECK(ended.err == "elector resign: a leads again: no other candidate took over\n");
    CHECK(one.leader() != nullptr);
  }

  TEST_CASE(
      "if there is no leader to ask, this is reported with exit code 3, or 0 if another leads") {
    const ElectionName election(api(), "nobody");
    Ended ended = resign(election);
    CHECK(ended.code == 3);
    CHECK(ended.err == "elector resign: no candidate holds the election \"" + election.text() +
                           "\" in namespace \"default\"\n");
    Candidates one(1, options_for(election));
    REQUIRE_MESSAGE(one.leader() != nullptr, one.logs());
    ended = resign(election, {"--id=other"});
    CHECK(ended.code == 0);
    CHECK(ended.err == "elector resign: other is not the leader, a is: nothing to do\n");
    CHECK(one[0].terminate() == 0);
    CHECK(resign(election).code == 3);
  }

  TEST_CASE(
      "a leader that does not listen is given a lease to answer; then the request is taken back") {
    const auto dead = [] {
      const ElectionName election(api(), "dead");
      create_foreign(election, 3);
      const Ended ended = resign(election);
      CHECK(ended.code == 3);
      CHECK(ended.err.find("the lease of x has expired") != std::string::npos);
      CHECK_FALSE(shows(election, "elector/resign"));
    };
    const auto deaf = [] {
      const ElectionName election(api(), "deaf");
      create_foreign(election, 3);
      std::atomic<bool> over{false};
      std::thread renewing([&] {
        for (int i = 1; !over; ++i) {
          api().patch(election.lease(), lease_of("x", 3, i % 50));
          std::this_thread::sleep_for(Milliseconds(300));
        }
      });
      const Ended ended = resign(election);
      over = true;
      renewing.join();
      CHECK(ended.code == 1);
      CHECK(ended.err.find("x did not answer") != std::string::npos);
      CHECK(ended.err.find("--force") != std::string::npos);
      CHECK_FALSE(shows(election, "elector/resign"));
    };
    together({dead, deaf});
  }

  TEST_CASE("it says until when it waits for a holder that does not answer, and names --force") {
    const ElectionName election(api(), "long");
    create_foreign(election, 3600);
    Process asking(Command{.arguments = {elector_binary(), "resign", election.text(),
                                         "--kubeconfig=" + Cluster::get().kubeconfig()},
                           .environment = clean_environment()});
    const auto line = asking.wait_for_line(Process::Stream::kErr,
                                           containing("x has not answered; waiting until"));
    REQUIRE(line);
    CHECK(has(line->text, "if it is gone, --force takes the lock from it"));
    asking.signal(SIGINT);
    CHECK(asking.wait_exit() == 130);
  }

  TEST_CASE("--force clears the record at once, warns of the consequence, and others take over") {
    const ElectionName election(api(), "force");
    create_foreign(election, 600);
    Candidates one(1, options_for(election));
    REQUIRE_MESSAGE(one[0].says("x"), one.logs());
    const Ended ended = resign(election, {"--force"});
    CHECK_MESSAGE(ended.code == 0, ended.err);
    CHECK(ended.out == "x was removed from the lock by force\n");
    CHECK(ended.err == "elector resign: x was not asked: it may still be working\n");
    CHECK_MESSAGE(one[0].says("a"), one.logs());
  }

  TEST_CASE("--wait with a limit ends with 124, and may not ask without the right to") {
    const ElectionName election(api(), "limit");
    create_foreign(election, 600);
    const Ended ended = resign(election, {"--wait=300ms"});
    CHECK(ended.code == 124);
    CHECK(ended.err ==
          "elector resign: timed out: x did not answer; if it is gone, --force takes the lock from "
          "it\n");
    if (!Cluster::get().has_context("nobody")) return;
    const Ended forbidden = resign(election, {"--context=nobody"});
    CHECK(forbidden.code == 1);
    CHECK_MESSAGE(forbidden.err.find("forbidden") != std::string::npos, forbidden.err);
    const std::string remedy =
        "elector resign --election=" + election.text() +
        " --namespace=default --print-rbac=user:nobody | kubectl apply -f -\n";
    CHECK_MESSAGE(forbidden.err.find(remedy) != std::string::npos, forbidden.err);
  }

  TEST_CASE("--wait with a limit also ends with 124 when the API server does not answer") {
    const ApiServer silent;
    silent.fault(R"("action":"hang","count":-1)");
    const Ran ran =
        run_elector(silent.kubeconfig(), {"resign", "x", "--wait=300ms", "--request-timeout=0"});
    CHECK(ran.exit_code == 124);
    CHECK(ran.err == "elector resign: timed out: the API server did not answer\n");
  }

  TEST_CASE("a resign that gives up waiting for an answer withdraws the request") {
    const ElectionName election(api(), "giveup");
    create_foreign(election, 600);
    CHECK(resign(election, {"--wait=300ms"}).code == 124);
    CHECK_FALSE(shows(election, "elector/resign"));
    Process asking(Command{.arguments = {elector_binary(), "resign", election.text(),
                                         "--kubeconfig=" + Cluster::get().kubeconfig()},
                           .environment = clean_environment()});
    REQUIRE(eventually([&] { return shows(election, "elector/resign"); }));
    asking.signal(SIGINT);
    CHECK(asking.wait_exit() == 130);
    CHECK_FALSE(shows(election, "elector/resign"));
  }

  TEST_CASE("a request whose answer is lost counts by what the lock shows") {
    // Done, but answered by a 504, or not at all.
    const std::vector<std::string> faults{R"("action":"status","code":504)", R"("action":"hang")"};
    const auto scenario = [](const std::string& fault, const Words& more, int code,
                             const std::string& holder) {
      const ApiServer server;
      const ElectionName election(server.api(), "lost");
      server.api().create(election.lease(),
                          lock_body(election.lease(), {.holder = "x", .duration = 600}));
      server.fault(R"("verbs":["PUT"],"apply":true,"count":1,)" + fault);
      Words words{elector_binary(), "resign", election.text(),
                  "--kubeconfig=" + server.kubeconfig(), "--request-timeout=1s"};
      words.insert(words.end(), more.begin(), more.end());
      const Ended ended =
          run_to_end(Command{.arguments = words, .environment = clean_environment()});
      CHECK_MESSAGE(ended.code == code, ended.err);
      CHECK(server.api().holder(election.lease()) == holder);
      CHECK(to_text(*server.api().get(election.lease())).find("elector/resign") ==
            std::string::npos);
    };
    together({[&] { scenario(faults[0], {"--wait=3s"}, 124, "x"); },
              [&] { scenario(faults[1], {"--wait=3s"}, 124, "x"); },
              // Over while the answer is still awaited: taken back within two seconds more.
              [&] { scenario(faults[1], {"--wait=500ms"}, 124, "x"); },
              [&] { scenario(faults[0], {"--force"}, 0, ""); },
              [&] { scenario(faults[1], {"--force"}, 0, ""); }});
  }

  TEST_CASE("a busy API server is asked again when it says so, for reading and for writing") {
    const auto be_busy = [](const ApiServer& server, const std::string& verb, int code,
                            int seconds) {
      server.fault(R"("resource":"leases","action":"status","count":1,"verbs":[")" + verb +
                   R"("],"code":)" + std::to_string(code) + R"(,"retryAfter":)" +
                   std::to_string(seconds));
    };
    const auto scenario = [&](int reading) {
      const ApiServer server;
      const ElectionName election(server.api(), "busy");
      server.api().create(election.lease(),
                          lock_body(election.lease(), {.holder = "x", .duration = 600}));
      be_busy(server, "GET", reading, 1);
      be_busy(server, "PUT", 429, 1);
      const Ran ran = run_elector(server.kubeconfig(), {"resign", election.text(), "--force"});
      CHECK_MESSAGE(ran.exit_code == 0, ran.err);
      CHECK(server.api().holder(election.lease()).empty());
    };
    // A resign that ends while a write waits to be sent again has requested nothing.
    const auto interrupted = [&] {
      const ApiServer server;
      const ElectionName election(server.api(), "busy");
      server.api().create(election.lease(),
                          lock_body(election.lease(), {.holder = "x", .duration = 600}));
      be_busy(server, "PUT", 429, 20);
      const Words words{elector_binary(), "resign", election.text(),
                        "--kubeconfig=" + server.kubeconfig()};
      Process process(Command{.arguments = words, .environment = clean_environment()});
      REQUIRE(eventually([&] { return server.requests("leases", "PUT") == 1; }));
      CHECK_FALSE(process.wait_exit(Milliseconds(300)));  // the answer is there, and is not the end
      process.signal(SIGTERM);
      CHECK(process.wait_exit() == 128 + SIGTERM);
      CHECK(process.text(Process::Stream::kErr).empty());
      CHECK(server.requests("leases", "PUT") == 1);
    };
    together({[&] { scenario(429); }, [&] { scenario(503); }, interrupted});
  }

  TEST_CASE("a signal ends it with 128+N, wherever it is") {
    const ApiServer server;
    server.fault(R"("verbs":["GET"],"action":"hang","count":-1)");
    Process asking(Command{
        .arguments = {elector_binary(), "resign", "x", "--kubeconfig=" + server.kubeconfig()},
        .environment = clean_environment()});
    // Its signals are caught from before the first request on.
    REQUIRE(eventually([&] {
      const std::string status = proc(asking.pid(), "status");
      const std::size_t blocked = status.find("SigBlk:");
      return blocked != std::string::npos &&
             std::stoull(status.substr(blocked + 7), nullptr, 16) >> (SIGTERM - 1) & 1U;
    }));
    asking.signal(SIGTERM);
    CHECK(asking.wait_exit() == 143);
  }

  TEST_CASE("a holder's name cannot forge a line or reach the terminal's controls") {
    const ElectionName election(api(), "forged");
    create_foreign(election, 600);
    api().patch(election.lease(), R"({"spec":{"holderIdentity":"x\u001b[31m\nb is the leader"}})");
    Candidates one(1, options_for(election));
    REQUIRE(eventually([&] { return one[0].printed() > 0; }));
    CHECK(one[0].output() == "x\\x1b[31m\\x0ab is the leader is the leader\n");
    const Ended ended = resign(election, {"--id=z"});
    CHECK(ended.err.find('\x1b') == std::string::npos);
    CHECK(ended.err.find('\n') == ended.err.size() - 1);
  }

  TEST_CASE("exec answers at once, ends its command in order, and only then gives the lock back") {
    const ElectionName election(api(), "exec");
    const TempDir dir;
    const Beats beats(dir.path() + "/beats");
    const auto contender = [&](const std::string& id) {
      return ExecSetup{.election = election.text(),
                       .id = id,
                       .ttl = "60s",
                       .more = {"--grace=2s"},
                       .command = beats.command(id, {"ignore"})};
    };
    Contender one(contender("a"));
    REQUIRE_MESSAGE(beats.begins("a"), one.log());
    Contender two(contender("b"));
    REQUIRE_MESSAGE(two.logs("leader=a"), two.log());
    const Ended ended = resign(election);
    CHECK_MESSAGE(ended.code == 0, ended.err);
    // It ignores SIGTERM, so that it still runs, and its elector still holds the lock.
    CHECK(api().holder(election.lease()) == "a");
    CHECK(shows(election, "acknowledged"));
    CHECK_MESSAGE(beats.begins("b"), two.log());
    CHECK(beats.turns() == "ab");
    CHECK(one.process().running());
    // It stands again.
    CHECK(resign(election, {"--to=a", "--wait"}).code == 0);
    CHECK(beats.begins("a", beats.last("b")));
    CHECK(beats.turns() == "aba");
  }

  TEST_CASE("exec with --on-loss=exit leaves when it is asked to resign") {
    const ElectionName election(api(), "leave");
    Contender one({.election = election.text(),
                   .ttl = "60s",
                   .more = {"--on-loss=exit", "--grace=1s"},
                   .command = {beat_binary(), "--signals"}});
    REQUIRE_MESSAGE(one.says("ready"), one.log());
    CHECK(resign(election).code == 0);
    CHECK(one.says(std::to_string(SIGTERM)));
    CHECK_MESSAGE(one.process().wait_exit() == 125, one.log());
    CHECK(one.logs("exiting because of --on-loss=exit"));
  }
}

}  // namespace elector::tests
