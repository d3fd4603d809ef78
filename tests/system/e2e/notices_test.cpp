// SPDX-License-Identifier: Apache-2.0
// What a candidate logs once about a lock that it waits for, and which names `--id` means.
#include <doctest/doctest.h>

#include <string>

#include "tests/support/candidate.h"
#include "tests/support/cluster.h"
#include "tests/support/observer.h"
#include "tests/support/skipped.h"

namespace elector::tests {
namespace {

using std::chrono::seconds;

const Api& api() {
  return Cluster::get().api();
}

Ran elector(const std::vector<std::string>& arguments) {
  return run_elector(Cluster::get().kubeconfig(), arguments);
}

CandidateOptions candidate(const ElectionName& election, std::vector<std::string> more = {}) {
  return {.kubeconfig = Cluster::get().kubeconfig(),
          .election = election.text(),
          .id = "b",
          .ttl = "3s",
          .more = std::move(more)};
}

}  // namespace

TEST_SUITE("elector run's notices") {
  TEST_CASE(
      "a dead holder's long record: its holder, since when, until when and what to do, once") {
    const ElectionName election(api(), "dead");
    write(election.lease(), {.holder = "gone", .renewed = seconds(-86400), .duration = 3600});
    const Candidate one(candidate(election));
    REQUIRE_MESSAGE(
        one.logs("waiting for a lease to expire: its holder is dead, or its clock is behind"),
        one.log());
    for (const char* field : {"holder=gone", "renewed=", "age=24h", "until=", "left=59m",
                              "elector resign ", "--namespace=default --lock=leases --force"}) {
      CHECK_MESSAGE(contains(one.log(), field), one.log());
    }
    rewrite(election.lease(),
            {.holder = "gone", .renewed = seconds(-86400), .duration = 3600, .transitions = 1});
    CHECK(elector({"resign", election.text(), "--lock=leases", "--force"}).exit_code == 0);
    REQUIRE_MESSAGE(one.says("b"), one.log());
    CHECK(one.count_logged("waiting for a lease") == 1);
  }

  TEST_CASE("a holder that renews is nothing to talk about") {
    const ElectionName election(api(), "alive");
    Candidate leader({.kubeconfig = Cluster::get().kubeconfig(),
                      .election = election.text(),
                      .id = "a",
                      .ttl = "3s"});
    REQUIRE(leader.says("a"));
    Candidate follower(candidate(election));
    REQUIRE(follower.says("a"));
    CHECK(leader.terminate() == 0);
    REQUIRE(follower.says("b"));
    CHECK_MESSAGE(follower.count_logged("waiting for a lease") == 0, follower.log());
  }

  TEST_CASE("an ELECTOR_ variable that nothing reads is a warning, once") {
    const ElectionName election(api(), "stray");
    CandidateOptions options = candidate(election);
    options.environment = {{"ELECTOR_NAMESPCAE", "x"}, {"ELECTOR_SERVICE_HOST", "10.0.0.1"}};
    const Candidate one(options);
    REQUIRE_MESSAGE(one.says("b"), one.log());
    CHECK(one.logs("variable=ELECTOR_NAMESPCAE"));
    CHECK(one.logs("did you mean ELECTOR_NAMESPACE?"));
    CHECK(one.count_logged("environment variable without effect") == 1);
  }

  TEST_CASE("a Lease of the control plane's election is reported once, and keeps its fields") {
    const ElectionName election(api(), "coordinated");
    std::string body = lock_body(election.lease(), {.holder = "", .duration = 1});
    const std::string fields =
        R"("strategy":"OldestEmulationVersion","preferredHolder":"other \u00e9 <\"> ",)";
    body.insert(body.find("\"holderIdentity\""), fields);
    api().create(election.lease(), body);
    const auto kept = [&] {
      const auto lease = api().get(election.lease());
      return text_at(*lease, "/spec/strategy") == "OldestEmulationVersion" &&
             text_at(*lease, "/spec/preferredHolder") == "other \u00e9 <\"> ";
    };
    // A server without the feature CoordinatedLeaderElection drops the fields.
    if (!kept() && skipped_by_server("spec.strategy of Leases")) return;
    const std::string notice = "coordinated election assigns this Lease";
    Candidate one(candidate(election));
    REQUIRE_MESSAGE(one.says("b"), one.log());
    const std::string first = api().record(election.lease())->renew_time;
    REQUIRE(eventually([&] { return api().record(election.lease())->renew_time != first; }));
    CHECK(kept());
    const Ran text = elector({"status", election.text()});
    CHECK(contains(text.out, "Strategy:    OldestEmulationVersion ("));
    const Ran json = elector({"status", election.text(), "-o", "json"});
    CHECK(text_at(parse_json(json.out), "/strategy") == "OldestEmulationVersion");
    // Handed over by a request in the Lease, taken over, cleared by force, and taken again.
    Candidate two({.kubeconfig = Cluster::get().kubeconfig(),
                   .election = election.text(),
                   .id = "c",
                   .ttl = "3s"});
    REQUIRE_MESSAGE(two.says("b"), two.log());
    CHECK(elector({"resign", election.text(), "--to=c", "--wait=30s"}).exit_code == 0);
    REQUIRE_MESSAGE(two.says("c"), two.log());
    CHECK(kept());
    CHECK(elector({"resign", election.text(), "--force"}).exit_code == 0);
    REQUIRE(eventually([&] { return !api().holder(election.lease()).empty(); }));
    CHECK(kept());
    CHECK(one.terminate() == 0);
    CHECK(two.terminate() == 0);
    CHECK(kept());
    for (const Candidate* each : {&one, &two}) {
      CHECK_MESSAGE(each->count_logged(notice) == 1, each->log());
    }
  }
}

TEST_SUITE("elector status of names with a UUID") {
  TEST_CASE("'HOST_*' means that host's candidate, for status, watch and resign") {
    const std::string uuid = "9f0c3a52-7d1e-4b4f-9a53-0d6b5e1c2f7a";
    const ElectionName election(api(), "uuid");
    write(election.lease(), {.holder = "web-1_" + uuid, .duration = 300});
    const std::string& name = election.text();
    CHECK(elector({"status", name, "--is-leader", "--id=web-1_*", "-q"}).exit_code == 0);
    CHECK(elector({"status", name, "--is-leader", "--id=web_*", "-q"}).exit_code == 3);
    CHECK(elector({"status", name, "--is-leader", "--id=web-1", "-q"}).exit_code == 3);
    const Ran json = elector({"status", name, "-o", "json", "--id=web-1_*"});
    CHECK(parse_json(json.out)["isLeader"].GetBool());
    CHECK(elector({"watch", name, "--for=id=web-1_*", "--timeout=20s"}).exit_code == 0);
    CHECK(elector({"watch", name, "--for=id=web_*", "--timeout=0"}).exit_code == 124);
    const Ran other = elector({"resign", name, "--id=web_*", "--force"});
    CHECK(other.exit_code == 0);
    CHECK(contains(other.err, "is not the leader"));
    CHECK(api().holder(election.lease()) == "web-1_" + uuid);
    CHECK(elector({"resign", name, "--id=web-1_*", "--force"}).exit_code == 0);
    CHECK(api().holder(election.lease()) == "");
    for (const char* command : {"run", "exec"}) {
      std::vector<std::string> words{command, "--election=" + name, "--id=web-1_*"};
      if (words[0] == "exec") words.insert(words.end(), {"--", "true"});
      const Ran refused = elector(words);
      CHECK(refused.exit_code == (words[0] == "exec" ? 125 : 2));
      CHECK(contains(refused.err, "is a pattern, which only status, watch and resign accept"));
    }
  }

  TEST_CASE("heartbeats and identities are not listed, and are shown by their name") {
    const ElectionName election(api(), "identity");
    std::string body = lock_body(election.lease(), {.holder = "apiserver-1"});
    body.insert(body.find("\"name\""),
                R"("labels":{"apiserver.kubernetes.io/identity":"kube-apiserver"},)");
    api().create(election.lease(), body);
    CHECK_FALSE(contains(elector({"status", "-o", "name"}).out, election.text()));
    const Ran named = elector({"status", election.text()});
    CHECK(named.exit_code == 0);
    CHECK(contains(named.out, "Leader:      apiserver-1\n"));
    CHECK(elector({"watch", election.text(), "--for=leader", "--timeout=20s"}).exit_code == 0);
  }
}

}  // namespace elector::tests
