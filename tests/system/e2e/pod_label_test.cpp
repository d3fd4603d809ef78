// SPDX-License-Identifier: Apache-2.0
// --label-pod: the label is on the leader's pod, and on no other.
#include <doctest/doctest.h>

#include <csignal>

#include "tests/support/candidate.h"
#include "tests/support/cluster.h"

namespace elector::tests {
namespace {

const Api& api() {
  return Cluster::get().api();
}

// A pod that nothing runs, for as long as this lives.
class Pod {
 public:
  explicit Pod(const std::string& name, const std::string& labels = "{}") : name_(name) {
    const HttpAnswer answer = api().call(
        "POST", "/api/v1/namespaces/default/pods",
        R"({"kind":"Pod","apiVersion":"v1","metadata":{"name":")" + name + R"(","labels":)" +
            labels + R"(},"spec":{"automountServiceAccountToken":false,"nodeName":"nowhere",)" +
            R"("containers":[{"name":"x","image":"x"}]}})");
    REQUIRE_MESSAGE(answer.status == 201, answer.body);
  }
  ~Pod() { remove(); }
  Pod(const Pod&) = delete;
  Pod& operator=(const Pod&) = delete;

  const std::string& name() const { return name_; }
  std::string label(const std::string& key = "role") const {
    return text_at(parse_json(api().call("GET", path()).body), "/metadata/labels/" + key);
  }
  bool has(const std::string& value) const {
    return eventually([&] { return label() == value; });
  }
  void patch(const std::string& labels) const {
    const HttpAnswer answer =
        api().call("PATCH", path(), R"({"metadata":{"labels":)" + labels + "}}",
                   "application/merge-patch+json");
    REQUIRE_MESSAGE(answer.status == 200, answer.body);
  }
  void remove() const { api().call("DELETE", path() + "?gracePeriodSeconds=0"); }

 private:
  std::string path() const { return "/api/v1/namespaces/default/pods/" + name_; }

  std::string name_;
};

// `elector run` in that pod, as far as elector can see.
CandidateOptions options_for(const ElectionName& election, const std::string& pod,
                             const std::string& label = "role=leader") {
  return {.kubeconfig = Cluster::get().kubeconfig(),
          .election = election.text(),
          .id = pod,
          .more = {"--lock=leases", "--label-pod=" + label},
          .environment = {{"POD_NAME", pod}}};
}

void check_way_of_the_label() {
  const ElectionName election(api(), "label");
  const Pod first(election.text() + "-a", R"({"app":"web","role":"leader"})");  // a former process
  const Pod second(election.text() + "-b", R"({"app":"web"})");
  const Pod foreign(election.text() + "-c", R"({"role":"leader"})");  // another application's
  Candidate two(options_for(election, second.name()));
  REQUIRE_MESSAGE(two.says(second.name()), two.log());
  CHECK_MESSAGE(second.has("leader"), two.log());
  Candidate one(options_for(election, first.name()));
  CHECK_MESSAGE(first.has(""), one.log());
  // Restored when it was removed, by hand.
  second.patch(R"({"role":null})");
  CHECK_MESSAGE(second.has("leader"), two.log());
  // At the end the label is removed first: a client that sees the lock free sees no label.
  two.signal(SIGTERM);
  REQUIRE_MESSAGE(eventually([&] { return api().holder(election.lease()) != second.name(); }),
                  two.log());
  CHECK(second.label() == "");
  CHECK(two.process().wait_exit() == 0);
  REQUIRE_MESSAGE(one.says(first.name()), one.log());
  CHECK_MESSAGE(first.has("leader"), one.log());
  CHECK(first.label("app") == "web");
  // A dead leader's label goes when the next one leads.
  one.signal(SIGKILL);
  one.process().wait_exit();
  CHECK(first.label() == "leader");
  Candidate next(options_for(election, second.name()));
  CHECK_MESSAGE(second.has("leader"), next.log());
  CHECK_MESSAGE(first.has(""), next.log());
  CHECK(foreign.label() == "leader");
  CHECK(next.terminate() == 0);
  CHECK(second.label() == "");
}

// A label that another client puts on a follower's pod is removed, too.
void check_stray_label() {
  const ElectionName election(api(), "stray");
  const Pod first(election.text() + "-a");
  const Pod second(election.text() + "-b");
  const Candidate one(options_for(election, first.name()));
  REQUIRE_MESSAGE(one.says(first.name()), one.log());
  const Candidate two(options_for(election, second.name()));
  REQUIRE_MESSAGE(two.says(first.name()), two.log());
  CHECK_MESSAGE(first.has("leader"), one.log());
  second.patch(R"({"role":"leader"})");
  constexpr Milliseconds kSeldom = std::chrono::minutes(2);  // followers look now and then
  CHECK_MESSAGE(eventually([&] { return second.label() == ""; }, kSeldom), two.log());
  CHECK(first.label() == "leader");
}

// One process of the pod in one election, another in another: each minds its own label.
void check_two_elections() {
  const ElectionName left(api(), "left");
  const ElectionName right(api(), "right");
  const Pod first(left.text() + "-a");
  const Pod second(left.text() + "-b");
  const Candidate one(options_for(left, first.name()));
  REQUIRE_MESSAGE(one.says(first.name()), one.log());
  CHECK_MESSAGE(first.has("leader"), one.log());
  const Candidate other(options_for(right, first.name(), "other=leader"));
  REQUIRE_MESSAGE(other.says(first.name()), other.log());
  CHECK(eventually([&] { return first.label("other") == "leader"; }));
  one.signal(SIGKILL);
  const Candidate next(options_for(left, second.name()));
  CHECK_MESSAGE(second.has("leader"), next.log());
  CHECK_MESSAGE(first.has(""), next.log());
  CHECK(first.label("other") == "leader");
}

void check_missing_pod() {
  const ElectionName election(api(), "nopod");
  Candidate one(options_for(election, election.text() + "-none"));
  REQUIRE_MESSAGE(one.says(one.id()), one.log());
  CHECK(one.logs("it does not exist in namespace \"default\"; set POD_NAME to the pod's name"));
  CHECK(one.terminate() == 0);
  CHECK(one.count_logged("it does not exist") == 1);
  CHECK(api().holder(election.lease()) == "");
}

void check_taken_key() {
  const ElectionName election(api(), "taken");
  const Pod pod(election.text() + "-a", R"({"role":"web"})");
  Candidate one(options_for(election, pod.name()));
  REQUIRE_MESSAGE(one.says(pod.name()), one.log());
  CHECK(one.logs("has the label role with another value"));
  CHECK(one.terminate() == 0);
  CHECK(pod.label() == "web");
}

void check_forbidden() {
  if (!Cluster::get().has_context("member")) return;
  const ElectionName election(api(), "forbidden");
  const Pod pod(election.text() + "-a");
  CandidateOptions options = options_for(election, pod.name());
  options.more.emplace_back("--context=member");
  options.ttl = "60s";  // a release that waited would be seen to wait
  Candidate one(options);
  REQUIRE_MESSAGE(one.says(pod.name()), one.log());
  CHECK(one.logs("verb \"get\" on resource \"pods\""));
  CHECK(one.logs("--label-pod=role=leader"));
  CHECK(one.terminate() == 0);
  CHECK(api().holder(election.lease()) == "");
}

// An API that does not answer for pods costs the release the renew deadline at most, and not each
// request's time limit.
void check_silent_pods() {
  const ApiServer server;
  const ElectionName election(server.api(), "silent");
  CandidateOptions options = options_for(election, "none");
  options.kubeconfig = server.kubeconfig();
  options.ttl = "2s";  // and the deadline 1s
  options.more.emplace_back("-v");
  server.fault(R"("resource":"pods","action":"hang","count":-1)");
  Candidate one(options);
  REQUIRE_MESSAGE(one.says("none"), one.log());
  one.signal(SIGTERM);
  REQUIRE_MESSAGE(one.logs("could not remove the label from the pod"), one.log());
  // The first request was sent at the start, and ends after three seconds; another follows it.
  CHECK(one.count_logged("cannot read pod") <= 1);
  CHECK(one.process().wait_exit() == 0);
  CHECK(server.api().holder(election.lease()) == "");
}

}  // namespace

TEST_SUITE("--label-pod") {
  TEST_CASE(
      "the leader's pod carries the label, from after its election until before its release") {
    together({check_way_of_the_label, check_stray_label, check_two_elections, check_missing_pod,
              check_taken_key, check_forbidden, check_silent_pods});
  }
}

}  // namespace elector::tests
