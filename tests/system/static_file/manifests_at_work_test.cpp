// SPDX-License-Identifier: Apache-2.0
// The manifests in deploy/ at work: each with its own command lines, environment and rights.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <future>

#include "tests/support/candidate.h"
#include "tests/system/delivery/manifest.h"
#include "tests/system/delivery/pod.h"

namespace elector::tests {
namespace {

// The only one of the pods whose container prints this; null if there is none or more than one.
Pod* only_one_that_says(const std::vector<std::unique_ptr<Pod>>& pods, const std::string& container,
                        const std::string& text) {
  Pod* found = nullptr;
  for (const auto& pod : pods) {
    const std::string output = pod->container(container).text(Process::Stream::kOut);
    if (output.find(text) == std::string::npos) continue;
    if (found != nullptr) return nullptr;
    found = pod.get();
  }
  return found;
}

// Starts that many pods of a manifest.
std::vector<std::unique_ptr<Pod>> replicas(PodApi& api, const std::vector<Json>& objects,
                                           std::size_t count) {
  api.grant(objects);
  std::vector<std::unique_ptr<Pod>> pods;
  for (std::size_t i = 0; i < count; ++i) {
    pods.push_back(std::make_unique<Pod>(api, pod_spec(objects),
                                         "pod-" + std::string(1, static_cast<char>('a' + i))));
    const std::string problem = pods.back()->start();
    REQUIRE_MESSAGE(problem.empty(), problem);
  }
  return pods;
}

Pod& pod_called(const std::vector<std::unique_ptr<Pod>>& pods, const std::string& name) {
  const auto found =
      std::find_if(pods.begin(), pods.end(), [&](const auto& pod) { return pod->name() == name; });
  REQUIRE(found != pods.end());
  return **found;
}

// The leader according to the lock, once one other than `not_this` leads; "" if none does.
std::string next_holder(const PodApi& api, const std::string& election,
                        const std::string& not_this = "") {
  std::string holder;
  const bool found = eventually([&] {
    holder = api.api().holder(api.lease(election));
    return !holder.empty() && holder != not_this;
  });
  return found ? holder : "";
}

TEST_SUITE("manifests at work (needs root or user namespaces)" * doctest::skip(!can_cage())) {
  TEST_CASE("sidecar.yaml: one of three applications leads; when its pod ends, another does") {
    PodApi api;
    if (!api.gives_tokens()) return;
    const auto objects = parse_manifest(project_file("deploy/sidecar.yaml"));
    const auto pods = replicas(api, objects, 3);
    const std::string holder = next_holder(api, "sidecar-example");
    Pod& leader = pod_called(pods, holder);
    for (const auto& pod : pods) {
      CHECK_MESSAGE(eventually([&] { return pod->probe("elector", "readinessProbe") == 200; }),
                    pod->logs());
      CHECK(pod->probe("elector", "livenessProbe") == 200);
    }
    CHECK_MESSAGE(
        leader.container("app").wait_for_line(Process::Stream::kOut, equal_to("this pod leads")),
        leader.logs());
    CHECK(only_one_that_says(pods, "app", "this pod leads") == &leader);
    // From the signal on this pod is not the leader for its application, but the lock is kept.
    leader.container("elector").signal(SIGTERM);
    const std::size_t said = leader.container("app").lines(Process::Stream::kOut).size();
    CHECK(leader.container("app").wait_for_line(
        Process::Stream::kOut, equal_to("another leads, or nobody"), kLimit, said));
    CHECK(leader.container("elector").running());
    CHECK(api.api().holder(api.lease("sidecar-example")) == holder);
    CHECK(leader.terminate().at("elector") == 0);
    const std::string next = next_holder(api, "sidecar-example", holder);
    CHECK_MESSAGE(next != "", leader.logs());
    CHECK(pod_called(pods, next)
              .container("app")
              .wait_for_line(Process::Stream::kOut, equal_to("this pod leads")));
  }

  TEST_CASE("native-sidecar.yaml: the lock is released after the application has ended") {
    PodApi api;
    if (!api.gives_tokens()) return;
    const auto objects = parse_manifest(project_file("deploy/native-sidecar.yaml"));
    const auto pods = replicas(api, objects, 2);
    const std::string holder = next_holder(api, "native-sidecar-example");
    Pod& leader = pod_called(pods, holder);
    CHECK(leader.container("app").wait_for_line(Process::Stream::kOut, equal_to("this pod leads")));
    CHECK(leader.probe("elector", "livenessProbe") == 200);
    leader.container("app").signal(SIGTERM);
    CHECK(leader.container("app").wait_exit() == 0);
    CHECK(api.api().holder(api.lease("native-sidecar-example")) == holder);
    CHECK(leader.terminate().at("elector") == 0);
    CHECK(next_holder(api, "native-sidecar-example", holder) != "");
  }

  TEST_CASE("singleton.yaml: the job runs in one pod, in its own image; then in another") {
    PodApi api;
    if (!api.gives_tokens()) return;
    const auto objects = parse_manifest(project_file("deploy/singleton.yaml"));
    const auto pods = replicas(api, objects, 2);
    const std::string working = "working, with the fencing token";
    const std::string holder = next_holder(api, "singleton-example");
    Pod& leader = pod_called(pods, holder);
    CHECK_MESSAGE(leader.container("job").wait_for_line(Process::Stream::kOut, containing(working)),
                  leader.logs());
    CHECK(only_one_that_says(pods, "job", working) == &leader);
    CHECK(leader.probe("job", "livenessProbe") == 200);
    CHECK_MESSAGE(leader.terminate().at("job") == 0, leader.logs());
    CHECK(leader.container("job").text(Process::Stream::kOut).find("finished") !=
          std::string::npos);
    const std::string next = next_holder(api, "singleton-example", holder);
    CHECK(pod_called(pods, next)
              .container("job")
              .wait_for_line(Process::Stream::kOut, containing(working)));
  }

  TEST_CASE("wait-for-leader.yaml: the pod begins when there is a leader, and not before") {
    PodApi api;
    if (!api.gives_tokens()) return;
    const auto objects = parse_manifest(project_file("deploy/wait-for-leader.yaml"));
    api.grant(objects);
    Pod pod(api, pod_spec(objects), "pod-a");
    auto started = std::async(std::launch::async, [&] { return pod.start(); });
    CHECK(throughout(Milliseconds(1500), [&] {
      return started.wait_for(Milliseconds(0)) == std::future_status::timeout;
    }));
    const TempDir folder;
    write_account(folder, api.authority(), api.name_space(), api.candidate_token());
    auto environment = outside_variables(api, folder);
    environment["ELECTOR_ID"] = "a";
    const Process leader(Command{.arguments = {elector_binary(), "run", "sidecar-example"},
                                 .environment = environment});
    const std::string problem = started.get();
    REQUIRE_MESSAGE(problem.empty(), problem << leader.text(Process::Stream::kErr));
    CHECK(api.api().holder(api.lease("sidecar-example")) == "a");
    CHECK(pod.container("app").wait_exit() == 0);
  }

  TEST_CASE("leader-service.yaml: the Service selects the leader's pod, and only that") {
    PodApi api;
    if (!api.gives_tokens()) return;
    const auto objects = parse_manifest(project_file("deploy/leader-service.yaml"));
    const Json& deployment = object_of(objects, "Deployment");
    const std::string labels = to_text(at(deployment, "/spec/template/metadata/labels"));
    for (const char* name : {"pod-a", "pod-b"}) {
      api.create(parse_json(R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":")" +
                            std::string(name) + R"(","labels":)" + labels +
                            R"(},"spec":{"containers":[{"name":"c","image":"i"}]}})"));
    }
    std::string selector;
    for (const auto& label : at(object_of(objects, "Service"), "/spec/selector").GetObject()) {
      selector += (selector.empty() ? "" : ",") + std::string(label.name.GetString()) + "%3D" +
                  label.value.GetString();
    }
    const auto selected = [&] {
      const Json list = parse_json(api.api()
                                       .call("GET", "/api/v1/namespaces/" + api.name_space() +
                                                        "/pods?labelSelector=" + selector)
                                       .body);
      std::vector<std::string> names;
      for (const JsonValue* pod : items_at(list, "/items")) {
        names.push_back(text_at(*pod, "/metadata/name"));
      }
      return names;
    };
    const auto pods = replicas(api, objects, 2);
    const std::string holder = next_holder(api, "leader-example");
    CHECK_MESSAGE(eventually([&] { return selected() == std::vector<std::string>{holder}; }),
                  pod_called(pods, holder).logs());
    pod_called(pods, holder).terminate();
    const std::string next = next_holder(api, "leader-example", holder);
    CHECK_MESSAGE(eventually([&] { return selected() == std::vector<std::string>{next}; }),
                  pod_called(pods, next).logs());
  }
}

}  // namespace
}  // namespace elector::tests
