// The manifests in deploy/: what they say is what an API server takes, and what works. Each is run
// with its own command lines, environment and rights.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <set>
#include <sstream>

#include "tests/delivery/manifest.h"
#include "tests/delivery/pod.h"
#include "tests/support/candidate.h"

namespace elector::tests {
namespace {

namespace fs = std::filesystem;

bool is_real() {
  return Cluster::get().is_real();
}

std::vector<std::string> manifest_files() {
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(std::string(PROJECT_FOLDER) + "/deploy")) {
    if (entry.path().extension() == ".yaml")
      files.push_back("deploy/" + entry.path().filename().string());
  }
  return files;
}

const JsonValue& pod_spec(const std::vector<Json>& objects) {
  for (const Json& object : objects) {
    if (at(object, "/spec/template/spec").IsObject()) return at(object, "/spec/template/spec");
    if (text_at(object, "/kind") == "Pod") return at(object, "/spec");
  }
  throw std::runtime_error("there are no pods");
}

std::vector<const JsonValue*> containers_of(const JsonValue& spec) {
  auto all = items_at(spec, "/initContainers");
  for (const JsonValue* one : items_at(spec, "/containers")) all.push_back(one);
  return all;
}

// The only one of the pods whose container says this; a null if there is none or more.
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

// Who leads by the lock, once someone other than `not_this` does; "" if that does not come about.
std::string next_holder(const PodApi& api, const std::string& election,
                        const std::string& not_this = "") {
  std::string holder;
  const bool found = eventually([&] {
    holder = api.api().holder(api.lease(election));
    return !holder.empty() && holder != not_this;
  });
  return found ? holder : "";
}

TEST_CASE("every manifest is YAML of whole objects that refer only to what is there") {
  CHECK(manifest_files().size() >= 5);
  for (const std::string& file : manifest_files()) {
    CAPTURE(file);
    const auto objects = parse_manifest(project_file(file));
    const std::string account = text_at(object_of(objects, "ServiceAccount"), "/metadata/name");
    const Json& binding = object_of(objects, "RoleBinding");
    CHECK(text_at(binding, "/roleRef/name") ==
          text_at(object_of(objects, "Role"), "/metadata/name"));
    CHECK(text_at(binding, "/subjects/0/name") == account);
    const JsonValue& spec = pod_spec(objects);
    CHECK(text_at(spec, "/serviceAccountName") == account);
    std::set<std::string> volumes;
    for (const JsonValue* volume : items_at(spec, "/volumes"))
      volumes.insert(text_at(*volume, "/name"));
    for (const JsonValue* container : containers_of(spec)) {
      CAPTURE(text_at(*container, "/name"));
      CHECK(text_at(*container, "/image") != "");
      for (const JsonValue* mount : items_at(*container, "/volumeMounts")) {
        CHECK(volumes.count(text_at(*mount, "/name")) == 1);
      }
      std::set<std::string> ports;
      for (const JsonValue* port : items_at(*container, "/ports"))
        ports.insert(text_at(*port, "/name"));
      for (const char* probe : {"/startupProbe", "/livenessProbe", "/readinessProbe"}) {
        const JsonValue& request = at(*container, std::string(probe) + "/httpGet");
        if (request.IsObject()) CHECK(ports.count(text_at(request, "/port")) == 1);
      }
    }
    for (const Json& object : objects) {
      CHECK(text_at(object, "/apiVersion") != "");
      CHECK(text_at(object, "/metadata/name") != "");
      if (text_at(object, "/kind") != "Deployment") continue;
      for (const auto& label : at(object, "/spec/selector/matchLabels").GetObject()) {
        CHECK(text_at(object, "/spec/template/metadata/labels/" +
                                  std::string(label.name.GetString())) == label.value.GetString());
      }
    }
  }
}

TEST_CASE("a real API server takes every manifest" * doctest::skip(!is_real())) {
  PodApi api;
  const Json version = parse_json(api.api().call("GET", "/version").body);
  const bool knows_native_sidecars = std::stoi(text_at(version, "/minor")) >= 29;
  for (const std::string& file : manifest_files()) {
    CAPTURE(file);
    auto objects = parse_manifest(project_file(file));
    for (Json& object : objects) {
      if (!knows_native_sidecars) {
        // Init containers had neither in those days.
        remove_at(object, "/spec/template/spec/initContainers/0/restartPolicy");
        remove_at(object, "/spec/template/spec/initContainers/0/startupProbe");
        remove_at(object, "/spec/template/spec/initContainers/0/livenessProbe");
      }
      const HttpAnswer answer = api.api().call(
          "POST", collection_path(object, api.name_space()) + "?dryRun=All&fieldValidation=Strict",
          to_text(object));
      CHECK_MESSAGE(answer.status == 201, answer.body);
    }
  }
}

TEST_SUITE("manifests at work (needs root or user namespaces)" * doctest::skip(!can_cage())) {
  TEST_CASE("sidecar.yaml: one of three applications leads; when its pod ends, another does") {
    PodApi api;
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
    // From the signal on this pod is no leader to its application, but the lock is kept.
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

  TEST_CASE("native-sidecar.yaml: the lock is given back after the application has ended") {
    PodApi api;
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
}

// The command line of a crontab, and its variables.
std::string crontab_command(const std::string& crontab) {
  std::istringstream lines(crontab);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t command = line.find("elector ");
    if (!line.empty() && line[0] != '#' && command != std::string::npos)
      return line.substr(command);
  }
  throw std::runtime_error("no line with a command");
}

TEST_CASE("crontab: of three hosts that reach the same minute, one runs the job, once") {
  PodApi api;
  const TempDir folder;
  write_account(folder, api.authority(), api.name_space(), api.candidate_token());
  fs::create_directory_symlink(fs::path(elector_binary()).parent_path(), folder.path("bin"));
  const std::string ran = folder.path("ran");
  const std::string job =
      folder.write("report", "#!/bin/sh\necho $LEADER_IDENTITY >> " + ran + "\n");
  fs::permissions(job, fs::perms(0755));
  std::string line = crontab_command(project_file("deploy/crontab"));
  const std::string their_job = "/usr/local/bin/report";
  REQUIRE(line.find(their_job) != std::string::npos);
  line.replace(line.find(their_job), their_job.size(), job);
  const auto where = api.environment();
  std::vector<std::unique_ptr<Process>> hosts;
  for (const char* host : {"a", "b", "c"}) {
    // What the kubeconfig of the crontab says, as variables.
    auto environment = clean_environment();
    environment["PATH"] = folder.path("bin") + ":/usr/bin:/bin";
    environment["ELECTOR_ID"] = host;
    environment["ELECTOR_SERVER"] = "https://" + where.at("KUBERNETES_SERVICE_HOST") + ":" +
                                    where.at("KUBERNETES_SERVICE_PORT");
    environment["ELECTOR_TOKEN"] = folder.read("token");
    environment["ELECTOR_CERTIFICATE_AUTHORITY"] = folder.path("ca.crt");
    environment["ELECTOR_NAMESPACE"] = api.name_space();
    hosts.push_back(std::make_unique<Process>(
        Command{.arguments = {"/bin/sh", "-c", "exec " + line}, .environment = environment}));
  }
  // The one that was elected keeps the lock for --hold; the others leave at once, and content.
  CHECK(eventually([&] {
    return std::count_if(hosts.begin(), hosts.end(),
                         [](const auto& host) { return !host->running(); }) == 2;
  }));
  std::string log;
  for (const auto& host : hosts) log += host->text(Process::Stream::kErr);
  const std::string winner = api.api().holder(api.lease("report"));
  CHECK_MESSAGE(winner != "", log);
  CHECK_MESSAGE(eventually([&] { return folder.read("ran") == winner + "\n"; }), log);
  for (const auto& host : hosts) {
    if (host->running()) {
      host->signal(SIGTERM);
      CHECK(host->wait_exit().has_value());
    } else {
      CHECK_MESSAGE(host->wait_exit() == 0, log);
    }
  }
  CHECK(folder.read("ran") == winner + "\n");
}

}  // namespace
}  // namespace elector::tests
