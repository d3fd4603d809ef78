// SPDX-License-Identifier: Apache-2.0
// The lock object and what others do to it: its foreign fields stay, its loss is mended, and a
// record that another process wrote is that process's.
#include <doctest/doctest.h>

#include <csignal>

#include "tests/support/candidate.h"
#include "tests/support/cluster.h"

namespace elector::tests {
namespace {

CandidateOptions options_for(const ElectionName& election, const std::string& id,
                             const std::string& lock = "leases") {
  return {.kubeconfig = Cluster::get().kubeconfig(),
          .election = election.text(),
          .id = id,
          .ttl = "2s",
          .more = {"--lock=" + lock}};
}

// Waits until the record was renewed so many times, by the renewals that a watch would see.
bool renewed(const ObjectName& object, int times) {
  std::string last;
  int seen = -1;
  return eventually([&] {
    const auto record = Cluster::get().api().record(object);
    const auto now = Cluster::get().api().get(object);
    const std::string version = now ? text_at(*now, "/metadata/resourceVersion") : "";
    if (record && version != last) {
      last = version;
      ++seen;
    }
    return seen >= times;
  });
}

// The object without what elector may change.
std::string foreign_part(const ObjectName& name) {
  Json object = std::move(*Cluster::get().api().get(name));
  for (const char* ours :
       {"/metadata/resourceVersion", "/metadata/managedFields", "/metadata/generation",
        "/metadata/annotations/control-plane.alpha.kubernetes.io~1leader",
        "/metadata/annotations/elector~1claim", "/spec/holderIdentity",
        "/spec/leaseDurationSeconds", "/spec/acquireTime", "/spec/renewTime",
        "/spec/leaseTransitions"}) {
    remove_at(object, ours);
  }
  return to_text(object);
}

// Fields of the kinds that objects have in real life. The owner exists, or a cluster's garbage
// collector would take the object away.
std::string foreign_metadata(const std::string& owner_name, const std::string& owner_uid) {
  return R"("labels":{"app":"web","example.com/e.moji":"x"},"annotations":{
    "note":"käse <&> \"q\" \u2028","big":"12345678901234567890",
    "endpoints.kubernetes.io/last-change-trigger-time":"2020-01-01T00:00:00Z"},
    "ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":")" +
         owner_name + R"(","uid":")" + owner_uid +
         R"(","controller":true,"blockOwnerDeletion":false}],"finalizers":["example.com/kept"])";
}

}  // namespace

TEST_SUITE("the lock object") {
  TEST_CASE(
      "nothing in the object that belongs to others changes, however often the lock is renewed") {
    const auto scenario = [](const std::string& resource, const std::string& rest) {
      const Api& api = Cluster::get().api();
      const ElectionName owner(api, "owner");
      const ElectionName election(api, "foreign");
      const ObjectName object{.resource = resource, .name = election.text()};
      api.create(owner.configmap(), R"({"metadata":{"name":")" + owner.text() + "\"}}");
      const std::string uid = text_at(*api.get(owner.configmap()), "/metadata/uid");
      api.create(object, R"({"metadata":{"name":")" + election.text() + "\"," +
                             foreign_metadata(owner.text(), uid) + "}" + rest + "}");
      const std::string before = foreign_part(object);
      {
        Candidate one(options_for(election, "a", resource));
        REQUIRE_MESSAGE(one.says("a"), one.log());
        CHECK(renewed(object, 4));
        CHECK(foreign_part(object) == before);
        CHECK(one.terminate() == 0);
      }
      CHECK(foreign_part(object) == before);
      api.patch(object, R"({"metadata":{"finalizers":null}})");
    };
    together({[&] { scenario("leases", ""); },
              [&] {
                scenario(
                    "endpoints",
                    R"(,"subsets":[{"addresses":[{"ip":"10.1.2.3","hostname":"h","nodeName":"n"},
                   {"ip":"10.1.2.4"}],"notReadyAddresses":[{"ip":"10.1.2.5"}],
                   "ports":[{"name":"http","port":80,"protocol":"TCP"}]}])");
              },
              [&] {
                scenario("configmaps",
                         R"(,"data":{"a.properties":"x=1\ny=2\n","empty":"","zero":"0.10"},
                   "binaryData":{"blob":"AAECAwQ="},"immutable":false)");
              }});
  }

  TEST_CASE("another client edits other fields all the time, and the leader keeps leading") {
    const ElectionName election(Cluster::get().api(), "edits");
    CandidateOptions options = options_for(election, "a");
    options.ttl = "10s";  // so that a busy machine does not take the hold away
    Candidate one(options);
    REQUIRE_MESSAGE(one.says("a"), one.log());
    int edits = 0;
    CHECK(throughout(std::chrono::seconds(3), [&] {
      Cluster::get().api().patch(election.lease(), R"({"metadata":{"labels":{"edit":")" +
                                                       std::to_string(++edits) + "\"}}}");
      return one.leader() == "a";
    }));
    const auto object = Cluster::get().api().get(election.lease());
    CHECK(text_at(*object, "/metadata/labels/edit") == std::to_string(edits));
    CHECK(one.output() == "a is the leader\n");
  }

  TEST_CASE("a lock object that is deleted under the leader comes back, with the same leader") {
    const auto scenario = [](const std::string& resource) {
      const ElectionName election(Cluster::get().api(), "deleted");
      const ObjectName object{.resource = resource, .name = election.text()};
      CandidateOptions options = options_for(election, "a", resource);
      options.ttl = "5s";
      Candidate leader(options);
      REQUIRE_MESSAGE(leader.says("a"), leader.log());
      // Started later: the create of a second one at the first vacancy may still be on its way, and
      // would land after the deletion.
      options.id = "b";
      Candidate other(options);
      REQUIRE_MESSAGE(other.says("a"), other.log());
      for (int round = 0; round < 3; ++round) {
        REQUIRE(Cluster::get().api().remove(object));
        CHECK(eventually([&] { return Cluster::get().api().holder(object) == "a"; }));
        CHECK(leader.says("a"));
        CHECK(other.says("a"));
      }
      CHECK(leader.output() == "a is the leader\n");
    };
    together({[&] { scenario("leases"); }, [&] { scenario("endpoints"); }});
  }

  TEST_CASE("a record that is emptied or corrupted under the leader is written again by it") {
    const ElectionName election(Cluster::get().api(), "garbled");
    CandidateOptions options = options_for(election, "", "configmaps");
    options.ttl = "5s";
    Candidates two(2, options);
    Candidate* leader = two.leader();
    REQUIRE_MESSAGE(leader != nullptr, two.logs());
    for (const char* value : {"null", "\"\"", R"("{\"holderIdentity\":7")", R"("[]")"}) {
      CAPTURE(value);
      Cluster::get().api().patch(
          election.configmap(),
          std::string(
              R"({"metadata":{"annotations":{"control-plane.alpha.kubernetes.io/leader":)") +
              value + "}}}");
      CHECK(eventually([&] {
        try {
          return Cluster::get().api().holder(election.configmap()) == leader->id();
        } catch (const std::exception&) {
          return false;  // still garbled
        }
      }));
    }
    CHECK(two.leader() == leader);
    CHECK(leader->output() == leader->id() + " is the leader\n");
  }

  TEST_CASE("a rival that writes the record is believed, and the leader steps down") {
    const ElectionName election(Cluster::get().api(), "rival");
    Candidate one(options_for(election, "a"));
    REQUIRE_MESSAGE(one.says("a"), one.log());
    Cluster::get().api().patch(election.lease(),
                               R"({"spec":{"holderIdentity":"rival","leaseDurationSeconds":3}})");
    CHECK_MESSAGE(one.says("rival"), one.log());
    CHECK(one.prints("rival"));
    CHECK_MESSAGE(one.says("a"), one.log());  // and back again, when it does not renew
    CHECK(one.prints("a", one.printed() - 1));
  }

  TEST_CASE(
      "a leader logs once that its lock was deleted, cleared, or overwritten, and what to do") {
    const ElectionName election(Cluster::get().api(), "tampered");
    Candidate leader(options_for(election, "boss"));
    REQUIRE_MESSAGE(leader.says("boss"), leader.log());
    const auto& api = Cluster::get().api();
    const auto led_again = [&] {
      return eventually([&] {
        const auto record = api.get(election.lease()) ? api.record(election.lease()) : std::nullopt;
        return record && record->holder == "boss";
      });
    };
    for (int i = 0; i < 2; ++i) {
      CHECK(api.remove(election.lease()));
      CHECK_MESSAGE(leader.logs("the lock was deleted by another program while this process led; "
                                "writing it again. To have another candidate lead, use `elector "
                                "resign`"),
                    leader.log());
      REQUIRE(led_again());
    }
    CHECK(leader.count_logged("the lock was deleted") == 1);
    api.patch(election.lease(), R"({"spec":{"holderIdentity":null,"leaseDurationSeconds":null,)"
                                R"("renewTime":null,"acquireTime":null,"leaseTransitions":null}})");
    CHECK_MESSAGE(leader.logs("the lock was cleared by another program"), leader.log());
    REQUIRE(led_again());
    CHECK_FALSE(leader.logs("stopped leading", Milliseconds(0)));
    api.patch(election.lease(), R"({"spec":{"renewTime":null}})");
    CHECK_MESSAGE(
        leader.logs("the lock was overwritten while this process led, and still names boss"),
        leader.log());
    CHECK_MESSAGE(leader.logs("stopped leading: the lock was overwritten under this process's own"),
                  leader.log());
    CHECK_MESSAGE(leader.says("boss"), leader.log());
  }

  TEST_CASE("of two processes with one id only one leads, and the other logs why it does not") {
    const ElectionName election(Cluster::get().api(), "sameid");
    CandidateOptions options = options_for(election, "twin");
    options.ttl = "4s";
    Candidate first(options);
    REQUIRE_MESSAGE(first.says("twin"), first.log());
    Candidate second(options);
    CHECK_MESSAGE(second.logs("second process with the same --id"), second.log());
    CHECK_MESSAGE(
        second.logs("another process runs with this candidate's own name, twin, and holds "
                    "the lock; give each candidate its own --id"),
        second.log());
    CHECK_FALSE(second.logs("became leader", Milliseconds(0)));
    // Each is said once in an hour, however often the first one renews.
    const std::size_t lines = second.logged();
    Cluster::get().api().patch(election.lease(), R"({"metadata":{"labels":{"a":"b"}}})");
    CHECK(throughout(std::chrono::seconds(3), [&] { return second.logged() == lines; }));
    first.signal(SIGKILL);
    first.process().wait_exit();
    CHECK_MESSAGE(second.logs("became leader"), second.log());
  }

  TEST_CASE("an expired record of the 2016 sidecar is taken over, its transitions counted on") {
    const ElectionName election(Cluster::get().api(), "old");
    Cluster::get().api().create(
        election.endpoints(),
        R"({"metadata":{"name":")" + election.text() +
            R"(","annotations":{"control-plane.alpha.kubernetes.io/leader":"{\"holderIdentity\":\"old-pod\",)"
            R"(\"leaseDurationSeconds\":2,\"acquireTime\":\"2016-04-01T10:00:00Z\",)"
            R"(\"renewTime\":\"2016-04-01T10:00:05Z\",\"leaderTransitions\":7}"}},"subsets":[]})");
    // Forgets when the server wrote it: the record would be new by that.
    Cluster::get().api().patch(election.endpoints(), R"({"metadata":{"managedFields":[{}]}})");
    Candidate one(options_for(election, "new", "endpoints"));
    CHECK_MESSAGE(one.prints("new"), one.log());
    CHECK(one.output() == "new is the leader\n");  // the holder that it waited for is dead
    const auto record = Cluster::get().api().record(election.endpoints());
    CHECK(record->transitions == 8);
    CHECK(record->holder == "new");
  }
}

}  // namespace elector::tests
