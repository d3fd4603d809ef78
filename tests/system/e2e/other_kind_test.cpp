// SPDX-License-Identifier: Apache-2.0
// Two lock kinds under one name are two elections: `run` looks for the other one, and does not
// stand beside it by accident. And the command line of 2016, which stands on Endpoints.
#include <doctest/doctest.h>

#include <csignal>

#include "tests/support/candidate.h"
#include "tests/support/cluster.h"
#include "tests/support/observer.h"

namespace elector::tests {
namespace {

CandidateOptions options_for(const ElectionName& election, const std::string& id,
                             std::vector<std::string> more = {}) {
  return {.kubeconfig = Cluster::get().kubeconfig(),
          .election = election.text(),
          .id = id,
          .more = std::move(more)};
}

// The command line of an old manifest: options first, no command.
Command old_command(const ElectionName& election, const std::string& id) {
  auto environment = clean_environment();
  environment["KUBECONFIG"] = Cluster::get().kubeconfig();
  return {.arguments = {elector_binary(), "--election=" + election.text(), "--id=" + id,
                        "--http=127.0.0.1:0"},
          .environment = environment};
}

}  // namespace

TEST_SUITE("an election of the same name on another kind of lock") {
  TEST_CASE(
      "without --lock a candidate does not compete with it, logs why and the two ways out, and "
      "competes when it is over") {
    const auto scenario = [](const std::string& other) {
      const ElectionName election(Cluster::get().api(), "beside");
      Candidate old(options_for(election, "old", {"--lock=" + other}));
      REQUIRE_MESSAGE(old.says("old"), old.log());
      Candidate fresh(options_for(election, "fresh"));
      REQUIRE_MESSAGE(fresh.logs("not competing while it lasts"), fresh.log());
      CHECK(fresh.logs("is held on " + other));
      CHECK(fresh.logs("--lock=" + other));
      CHECK(fresh.logs("--lock=" + other + "leases"));
      CHECK(fresh.leader() == "");
      // Not even after several of its leases.
      CHECK(old.prints("old"));
      CHECK_FALSE(fresh.logs("became leader", std::chrono::seconds(4)));
      CHECK_FALSE(Cluster::get().api().get(election.lease()));
      CHECK(old.terminate() == 0);
      CHECK_MESSAGE(fresh.logs("became leader"), fresh.log());
      CHECK(fresh.says("fresh"));
    };
    together({[&] { scenario("endpoints"); }, [&] { scenario("configmaps"); }});
  }

  TEST_CASE("with --lock a candidate competes beside it, and warns") {
    const ElectionName election(Cluster::get().api(), "warned");
    Candidate old(options_for(election, "old", {"--lock=endpoints"}));
    REQUIRE_MESSAGE(old.says("old"), old.log());
    Candidate fresh(options_for(election, "fresh", {"--lock=leases"}));
    CHECK_MESSAGE(fresh.logs("each may have a leader"), fresh.log());
    CHECK(fresh.says("fresh"));
    CHECK(old.leader() == "old");
  }

  TEST_CASE(
      "beside a released or dead Lease, status, watch and run all see the live record on another "
      "kind") {
    const auto scenario = [](const std::string& first) {
      CAPTURE(first);
      const auto& cluster = Cluster::get();
      const ElectionName election(cluster.api(), "answers");
      const auto elector = [&](std::vector<std::string> words) {
        words.insert(words.begin() + 1, election.text());
        return run_elector(cluster.kubeconfig(), words);
      };
      write(election.endpoints(),
            {.holder = "old", .renewed = std::chrono::seconds(0), .duration = 60});
      write(election.lease(),
            {.holder = first, .renewed = std::chrono::seconds(-300), .duration = 5});
      const Ran text = elector({"status"});
      CHECK(text.exit_code == 0);
      CHECK(contains(text.out, "Lock:        endpoints\nLeader:      old\nState:       held\n"));
      CHECK(elector({"status", "-q"}).exit_code == 0);
      CHECK(elector({"status", "--confirm", "-q"}).exit_code == 0);
      CHECK(elector({"status", "-o", "name"}).out == "endpoints/" + election.text() + "\n");
      CHECK(contains(elector({"status", "-owide"}).out, "\tendpoints\told\theld\t"));
      const Ran asked = elector({"status", "--is-leader", "--id=old"});
      CHECK(asked.exit_code == 0);
      CHECK(asked.out == "old is the leader of " + election.text() + "\n");
      CHECK(elector({"watch", "--for=leader", "--timeout=0"}).exit_code == 0);
      CHECK(elector({"watch", "--for=id=old", "--timeout=0"}).exit_code == 0);
      CHECK(elector({"watch", "--for=vacancy", "--timeout=0"}).exit_code == 124);
      Candidate fresh(options_for(election, "fresh"));
      CHECK_MESSAGE(fresh.logs("is held on endpoints too, led by old"), fresh.log());
      CHECK(cluster.api().remove(election.endpoints()));
      CHECK(elector({"status"}).exit_code == 3);
    };
    together({[&] { scenario(""); }, [&] { scenario("dead"); }});
  }

  TEST_CASE("a live record on the first kind is one request, and only there") {
    const ApiServer server;
    const ObjectName lease{.resource = "leases", .name = "example"};
    const auto requests_of = [&](std::vector<std::string> words) {
      const long before = server.requests("", "");
      words.insert(words.begin(), {"status", "example"});
      run_elector(server.kubeconfig(), words);
      return server.requests("", "") - before;
    };
    server.api().create(lease, lock_body(lease, {.holder = "a", .duration = 600}));
    for (const auto& words : std::vector<std::vector<std::string>>{
             {}, {"--is-leader", "--id=a"}, {"--is-leader", "--id=b"}, {"-oname"}}) {
      CHECK(requests_of(words) == 1);
    }
    CHECK(server.api().remove(lease));
    CHECK(requests_of({"--is-leader", "--id=a"}) == 3);
  }

  TEST_CASE("a dead record on another kind only costs the wait for it") {
    const ElectionName election(Cluster::get().api(), "dead");
    Candidate old(options_for(election, "old", {"--lock=endpoints"}));
    REQUIRE_MESSAGE(old.says("old"), old.log());
    old.signal(SIGKILL);
    old.process().wait_exit();
    Candidate fresh(options_for(election, "fresh"));
    CHECK_MESSAGE(fresh.says("fresh"), fresh.log());
  }

  TEST_CASE("a live election is moved by a multi-lock without a second leader") {
    const ElectionName election(Cluster::get().api(), "moved");
    Candidate old(options_for(election, "old", {"--lock=endpoints"}));
    REQUIRE_MESSAGE(old.says("old"), old.log());
    Candidate mover(options_for(election, "mover", {"--lock=endpointsleases"}));
    // Longer than the lease.
    REQUIRE_MESSAGE(mover.logs("joined the election"), mover.log());
    CHECK_MESSAGE(throughout(std::chrono::seconds(4),
                             [&] { return !mover.prints("mover", 0, Milliseconds(0)); }),
                  mover.log());
    CHECK(old.terminate() == 0);
    REQUIRE_MESSAGE(mover.says("mover"), mover.log());
    Candidate fresh(options_for(election, "fresh", {"--lock=leases"}));
    CHECK_MESSAGE(fresh.says("mover"), fresh.log());
    CHECK(mover.terminate() == 0);
    CHECK_MESSAGE(fresh.says("fresh"), fresh.log());
  }
}

TEST_SUITE("an election that is being moved by a multi-lock") {
  TEST_CASE("is no second election, in whatever order its two objects are read") {
    for (const std::string late : {"leases", "endpoints"}) {
      for (const std::vector<std::string>& lock : {std::vector<std::string>{}, {"--lock=leases"}}) {
        CAPTURE(late);
        const ApiServer server;
        Candidate mover({.kubeconfig = server.kubeconfig(),
                         .election = "example",
                         .id = "mover",
                         .more = {"--lock=endpointsleases"}});
        REQUIRE_MESSAGE(mover.says("mover"), mover.log());
        server.fault(R"("resource":")" + late + R"(","verb":"GET","action":"delay","delay":500)");
        Candidate fresh({.kubeconfig = server.kubeconfig(),
                         .election = "example",
                         .id = "fresh",
                         .more = lock});
        CHECK_MESSAGE(fresh.says("mover"), fresh.log());
        CHECK(mover.terminate() == 0);
        CHECK_MESSAGE(fresh.says("fresh"), fresh.log());
        CHECK_FALSE(contains(fresh.log(), "separate election"));
      }
    }
  }
}

TEST_SUITE("the command line of 2016") {
  TEST_CASE(
      "an option first competes on Endpoints in namespace default, beside a pod of its time") {
    const ElectionName election(Cluster::get().api(), "example");
    const auto record_of_old_pod = [&](int second) {
      return R"({"metadata":{"name":")" + election.text() +
             R"(","annotations":{"control-plane.alpha.kubernetes.io/leader":)" +
             json_quoted(R"({"holderIdentity":"old-pod","leaseDurationSeconds":10,)"
                         R"("acquireTime":"2026-01-01T00:00:00Z","renewTime":")" +
                         time_text(std::chrono::seconds(second)) + R"(Z","leaderTransitions":3})") +
             "}}}";
    };
    Cluster::get().api().create(election.endpoints(), record_of_old_pod(1));
    Process fresh(old_command(election, "new-pod"));
    REQUIRE_MESSAGE(fresh.wait_for_line(Process::Stream::kOut, equal_to("old-pod is the leader")),
                    fresh.text(Process::Stream::kErr));
    // The old pod renews, then releases as its client-go does.
    Cluster::get().api().patch(election.endpoints(), record_of_old_pod(2));
    Cluster::get().api().patch(
        election.endpoints(),
        R"({"metadata":{"annotations":{"control-plane.alpha.kubernetes.io/leader":)"
        R"("{\"holderIdentity\":\"\",\"leaseDurationSeconds\":1,\"acquireTime\":\"2026-01-01T00:00:00Z\",)"
        R"(\"renewTime\":\"2026-01-01T00:00:03Z\",\"leaderTransitions\":3}"}}})");
    CHECK_MESSAGE(fresh.wait_for_line(Process::Stream::kOut, equal_to("new-pod is the leader")),
                  fresh.text(Process::Stream::kErr));
    const auto record = Cluster::get().api().record(election.endpoints());
    CHECK(record->holder == "new-pod");
    CHECK(record->transitions == 4);
    CHECK(record->lease_duration == 10);
    CHECK_FALSE(Cluster::get().api().get(election.lease()));
    fresh.signal(SIGTERM);
    CHECK(fresh.wait_exit() == 0);
  }

  TEST_CASE("its flags that are gone or were Go's do not end it") {
    const ElectionName election(Cluster::get().api(), "flags");
    Command command = old_command(election, "a");
    command.arguments.insert(command.arguments.end(),
                             {"-ttl=4s", "--use-cluster-credentials=false", "--logtostderr=true",
                              "-v=2", "--election-namespace=default"});
    Process process(command);
    CHECK_MESSAGE(process.wait_for_line(Process::Stream::kOut, equal_to("a is the leader")),
                  process.text(Process::Stream::kErr));
  }
}

}  // namespace elector::tests
