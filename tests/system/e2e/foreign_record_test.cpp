// SPDX-License-Identifier: Apache-2.0
// Locks that other clients write: their holder is shown and followed, and never taken for dead
// because of a field that elector does not know.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/candidate.h"
#include "tests/support/cluster.h"
#include "tests/support/observer.h"

namespace elector::tests {
namespace {

using std::chrono::seconds;

const Api& api() {
  return Cluster::get().api();
}

Ran elector(const std::vector<std::string>& arguments) {
  return run_elector(Cluster::get().kubeconfig(), arguments);
}

// A ConfigMap with this text in the place of the record.
void write_text(const ObjectName& name, const std::string& record) {
  api().create(name, R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":)" +
                         json_quoted(name.name) +
                         R"(,"annotations":{"control-plane.alpha.kubernetes.io/leader":)" +
                         json_quoted(record) + "}}}");
}

std::string with_time(std::string record) {
  const std::string now = time_text(seconds(0));
  std::string printed = now;
  printed[10] = ' ';
  for (const auto& [mark, time] : {std::pair{"PRINTED", printed}, std::pair{"NOW", now}}) {
    const std::string word(mark);
    for (std::size_t at = 0; (at = record.find(word, at)) != std::string::npos;) {
      record.replace(at, word.size(), time);
    }
  }
  return record;
}

struct Client {
  std::string name;
  std::string record;
  std::string unread;  // as `status` names it
};

const std::vector<Client> kClients = {
    {"fabric8",
     R"({"holderIdentity":"jm-1","leaseDuration":15.000000000,"acquireTime":"NOW.000000Z","renewTime":"NOW.000000Z","leaderTransitions":1})",
     ""},
    {"fabric8-iso",
     R"({"holderIdentity":"jm-1","leaseDuration":"PT15S","acquireTime":"NOW.000000Z","renewTime":"NOW.000000Z","leaderTransitions":1})",
     ""},
    {"python",
     R"({"holderIdentity":"jm-1","leaseDurationSeconds":"17","acquireTime":"PRINTED.123456","renewTime":"PRINTED"})",
     ""},
    {"java",
     R"({"holderIdentity":"jm-1","leaseDurationSeconds":17,"renewTime":"Jan 2, 2026 10:00:05 AM"})",
     "renewTime"},
    {"bare", R"({"holderIdentity":"jm-1"})", "leaseDurationSeconds, renewTime"},
    {"old", R"({"holderIdentity":"jm-1","renewTime":"2026-01-02T10:00:05Z"})",
     "leaseDurationSeconds"},
};

}  // namespace

TEST_SUITE("elector status of other clients' records") {
  TEST_CASE("the holder is shown as held, and each field that cannot be read is named") {
    for (const Client& client : kClients) {
      CAPTURE(client.name);
      const ElectionName election(api(), client.name);
      write_text(election.configmap(), with_time(client.record));
      const Ran text = elector({"status", election.text(), "--lock=configmaps"});
      CAPTURE(text.err);
      CHECK(text.exit_code == 0);
      CHECK(contains(text.out, "Leader:      jm-1\n"));
      CHECK(contains(text.out, "Unread:      " + client.unread) == !client.unread.empty());
      const Json state =
          parse_json(elector({"status", election.text(), "--lock=configmaps", "-o", "json"}).out);
      CHECK(text_at(state, "/leader") == "jm-1");
      CHECK(text_at(state, "/state") == "held");
      CHECK(state["unread"].Empty() == client.unread.empty());
      const Ran yaml = elector({"status", election.text(), "--lock=configmaps", "-o", "yaml"});
      CHECK(contains(yaml.out, "unread: []\n") == client.unread.empty());
    }
  }

  TEST_CASE("watch finds the leader, and exec does not take it for dead") {
    for (const Client& client : kClients) {
      CAPTURE(client.name);
      const ElectionName election(api(), "w-" + client.name);
      write_text(election.configmap(), with_time(client.record));
      const Ran watched =
          elector({"watch", election.text(), "--lock=configmaps", "--for=leader", "--timeout=20s"});
      CAPTURE(watched.err);
      CHECK(watched.exit_code == 0);
      CHECK(contains(watched.out, ": jm-1 leads"));
      const Ran refused = elector(
          {"exec", "--election=" + election.text(), "--lock=configmaps", "--wait=0", "--", "true"});
      CAPTURE(refused.err);
      CHECK(refused.exit_code == 124);
    }
  }

  TEST_CASE("a candidate beside such a holder names it while it renews, and leads after it") {
    const ElectionName election(api(), "follow");
    const std::string python =
        R"({"holderIdentity":"worker-1","leaseDurationSeconds":"4","acquireTime":"PRINTED.5","renewTime":"PRINTED.)";
    write_text(election.configmap(), with_time(python) + "0\"}");
    const Candidate follower({.kubeconfig = Cluster::get().kubeconfig(),
                              .election = election.text(),
                              .id = "elector",
                              .ttl = "3s",
                              .more = {"--lock=configmaps"}});
    CHECK(follower.says("worker-1"));
    for (int i = 1; i <= 3; ++i) {
      const std::string record = with_time(python) + std::to_string(i) + "\"}";
      api().patch(election.configmap(),
                  R"({"metadata":{"annotations":{"control-plane.alpha.kubernetes.io/leader":)" +
                      json_quoted(record) + "}}}");
      CHECK(follower.says("worker-1"));
    }
    CHECK_MESSAGE(follower.says("elector"), follower.log());
    CHECK(api().holder(election.configmap()) == "elector");
  }
}

}  // namespace elector::tests
