// SPDX-License-Identifier: Apache-2.0
// The manifests in deploy/ as texts: whole, taken by an API server, and with exactly the rights
// that their command lines need. That they work is in manifests_at_work_test.cpp.
#include <doctest/doctest.h>

#include <filesystem>
#include <set>

#include "tests/support/candidate.h"
#include "tests/support/contains.h"
#include "tests/support/skipped.h"
#include "tests/system/delivery/manifest.h"
#include "tests/system/delivery/pod_api.h"

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

TEST_CASE("a real API server takes every object of a kind that it has" *
          doctest::skip(!is_real())) {
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
      const auto path_of = [&] { return collection_path(object, api.name_space()); };
      const auto is_served = [&] { return api.api().call("GET", path_of()).status != 404; };
      if (!is_served() && text_at(object, "/apiVersion") == "policy/v1") {
        object["apiVersion"] = "policy/v1beta1";  // the same until Kubernetes 1.21
      }
      if (!is_served() && skipped_by_server("the kind " + text_at(object, "/kind"))) continue;
      const HttpAnswer answer =
          api.api().call("POST", path_of() + "?dryRun=All&fieldValidation=Strict", to_text(object));
      CHECK_MESSAGE(answer.status == 201, answer.body);
    }
  }
}

// What a Role permits: "group resource name verb" for each combination; no name is "*".
std::set<std::string> permissions(const JsonValue& role) {
  std::set<std::string> all;
  for (const JsonValue* rule : items_at(role, "/rules")) {
    const auto names = items_at(*rule, "/resourceNames");
    for (const JsonValue* group : items_at(*rule, "/apiGroups")) {
      for (const JsonValue* resource : items_at(*rule, "/resources")) {
        for (const JsonValue* verb : items_at(*rule, "/verbs")) {
          const std::string start = std::string(group->GetString()) + " " + resource->GetString();
          if (names.empty()) all.insert(start + " * " + verb->GetString());
          for (const JsonValue* name : names) {
            all.insert(start + " " + name->GetString() + " " + verb->GetString());
          }
        }
      }
    }
  }
  return all;
}

TEST_CASE("each manifest's Role is what --print-rbac prints for its command line") {
  for (const std::string& file : manifest_files()) {
    CAPTURE(file);
    const auto objects = parse_manifest(project_file(file));
    for (const JsonValue* container : containers_of(pod_spec(objects))) {
      std::vector<std::string> words{elector_binary()};
      for (const char* list : {"/command", "/args"}) {
        for (const JsonValue* word : items_at(*container, list)) {
          const std::string text = word->GetString();
          if (text == "--") break;  // exec's command
          if (text != "/elector/elector") words.push_back(text);
        }
      }
      const bool uses_api =
          words.size() > 1 && (words[1] == "run" || words[1] == "exec" || words[1] == "watch");
      if (!uses_api) continue;
      words.emplace_back("--print-rbac=x");
      if (words[1] == "exec") words.insert(words.end(), {"--", "job"});
      Process print(Command{.arguments = words, .environment = clean_environment()});
      CHECK_MESSAGE(print.wait_exit() == 0, print.text(Process::Stream::kErr));
      const auto printed = parse_manifest(print.text(Process::Stream::kOut));
      const auto wanted = permissions(object_of(printed, "Role"));
      const auto ours = permissions(object_of(objects, "Role"));
      for (const std::string& one : wanted) CHECK_MESSAGE(ours.count(one) == 1, "lacks " << one);
      for (const std::string& one : ours) CHECK_MESSAGE(wanted.count(one) == 1, "has " << one);
    }
  }
}

}  // namespace
}  // namespace elector::tests
