// SPDX-License-Identifier: Apache-2.0
// The pods of deploy/ and the Pod Security Standards; and which container of a pod has its token.
#include "tests/system/delivery/pod_security.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tests/system/delivery/cage.h"
#include "tests/system/delivery/manifest.h"

namespace elector::tests {
namespace {

const std::string kGood = R"(
metadata: {annotations: {a: b}}
spec:
  securityContext: {runAsNonRoot: true, runAsUser: 1, seccompProfile: {type: RuntimeDefault}}
  hostPID: false
  volumes:
  - {name: v, emptyDir: {}}
  initContainers:
  - name: first
    securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
  containers:
  - name: second
    securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}}
    livenessProbe: {httpGet: {port: 1}}
    ports: [{containerPort: 1}]
)";

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::vector<std::string> pod_files() {
  std::vector<std::string> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(PROJECT_FOLDER) + "/deploy")) {
    if (entry.path().extension() == ".yaml")
      files.push_back("deploy/" + entry.path().filename().string());
  }
  return files;
}

// The Pod, or the template of the Deployment.
const JsonValue& pod_in(const std::vector<Json>& objects) {
  for (const Json& object : objects) {
    if (text_at(object, "/kind") == "Deployment") return at(object, "/spec/template");
    if (text_at(object, "/kind") == "Pod") return object;
  }
  throw std::runtime_error("no pod");
}

bool runs_elector(const JsonValue& container) {
  const auto words = items_at(container, "/command");
  const auto arguments = items_at(container, "/args");
  const bool brings =
      !arguments.empty() && std::string(arguments[0]->GetString()).starts_with("--copy-to");
  return (text_at(container, "/image").starts_with("elector:") && !brings) ||
         (!words.empty() && std::string(words[0]->GetString()) == "/elector/elector");
}

}  // namespace

TEST_CASE(
    "each control of the Pod Security Standards is broken by what it forbids, and only that") {
  CHECK(joined(broken_controls(parse_manifest(kGood)[0])) == "");
  struct Row {
    std::string from;
    std::string to;
    std::string broken;
  };
  const std::string context = "securityContext: {allowPrivilegeEscalation: false, ";
  const std::string pod = "securityContext: {runAsNonRoot: true, ";
  for (const auto& [from, to, broken] : std::vector<Row>{
           {pod, pod + "windowsOptions: {hostProcess: true}, ", "HostProcess"},
           {context, context + "windowsOptions: {hostProcess: true}, ", "HostProcess"},
           {"hostPID: false", "hostPID: true", "Host Namespaces"},
           {"hostPID: false", "hostNetwork: true", "Host Namespaces"},
           {"hostPID: false", "hostIPC: true", "Host Namespaces"},
           {context, context + "privileged: true, ", "Privileged Containers"},
           {"NET_BIND_SERVICE", "SYS_ADMIN", "Capabilities, Capabilities (restricted)"},
           {"NET_BIND_SERVICE", "CHOWN", "Capabilities (restricted)"},
           {"drop: [ALL]}", "drop: [CHOWN]}", "Capabilities (restricted)"},
           {", capabilities: {drop: [ALL]}", "", "Capabilities (restricted)"},
           {"emptyDir: {}", "hostPath: {path: /}", "HostPath Volumes, Volume Types"},
           {"emptyDir: {}", "nfs: {server: a, path: /}", "Volume Types"},
           {"containerPort: 1", "containerPort: 1, hostPort: 1", "Host Ports"},
           {"httpGet: {port: 1}", "httpGet: {port: 1, host: 10.0.0.1}",
            "Host Probes / Lifecycle Hooks"},
           {"httpGet: {port: 1}", "tcpSocket: {port: 1, host: 10.0.0.1}",
            "Host Probes / Lifecycle Hooks"},
           {pod, pod + "appArmorProfile: {type: Unconfined}, ", "AppArmor"},
           {"a: b", "container.apparmor.security.beta.kubernetes.io/first: unconfined", "AppArmor"},
           {pod, pod + "seLinuxOptions: {type: spc_t}, ", "SELinux"},
           {context, context + "seLinuxOptions: {user: u}, ", "SELinux"},
           {context, context + "seLinuxOptions: {role: r}, ", "SELinux"},
           {context, context + "procMount: Unmasked, ", "/proc Mount Type"},
           {"{type: RuntimeDefault}", "{type: Unconfined}", "Seccomp, Seccomp (restricted)"},
           {context, context + "seccompProfile: {type: Unconfined}, ",
            "Seccomp, Seccomp (restricted)"},
           {", seccompProfile: {type: RuntimeDefault}", "", "Seccomp (restricted)"},
           {pod, pod + "sysctls: [{name: kernel.msgmax, value: '1'}], ", "Sysctls"},
           {pod, pod + "sysctls: [{name: net.ipv4.tcp_syncookies, value: '1'}], ", ""},
           {"{allowPrivilegeEscalation: false, ", "{", "Privilege Escalation"},
           {"allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true",
            "Privilege Escalation"},
           {"runAsNonRoot: true, ", "", "Running as Non-root"},
           {context, context + "runAsNonRoot: false, ", "Running as Non-root"},
           {"runAsUser: 1", "runAsUser: 0", "Running as Non-root user"},
           {context, context + "runAsUser: 0, ", "Running as Non-root user"},
       }) {
    CAPTURE(to);
    std::string text = kGood;
    REQUIRE(text.find(from) != std::string::npos);
    text.replace(text.find(from), from.size(), to);
    CHECK(joined(broken_controls(parse_manifest(text)[0])) == broken);
  }
}

TEST_CASE("every pod of deploy/ keeps the profile restricted, and its containers have resources") {
  for (const std::string& file : pod_files()) {
    CAPTURE(file);
    const auto objects = parse_manifest(project_file(file));
    CHECK(joined(broken_controls(pod_in(objects))) == "");
    for (const JsonValue* container : containers_of(pod_spec(objects))) {
      CAPTURE(text_at(*container, "/name"));
      CHECK(text_at(*container, "/resources/requests/cpu") != "");
      CHECK(text_at(*container, "/resources/requests/memory") != "");
      CHECK(text_at(*container, "/resources/limits/memory") != "");
      CHECK(at(*container, "/securityContext/readOnlyRootFilesystem").IsTrue());
    }
  }
}

TEST_CASE("only the container that elector runs in has the pod's token") {
  for (const std::string& file : pod_files()) {
    CAPTURE(file);
    const auto objects = parse_manifest(project_file(file));
    const JsonValue& spec = pod_spec(objects);
    CHECK(at(spec, "/automountServiceAccountToken").IsFalse());
    std::string account;
    std::vector<std::string> paths;
    for (const JsonValue* volume : items_at(spec, "/volumes")) {
      const auto sources = items_at(*volume, "/projected/sources");
      if (sources.empty()) continue;
      account = text_at(*volume, "/name");
      for (const JsonValue* source : sources) {
        for (const char* pointer : {"/serviceAccountToken/path", "/configMap/items/0/path",
                                    "/downwardAPI/items/0/path"}) {
          if (!text_at(*source, pointer).empty()) paths.push_back(text_at(*source, pointer));
        }
      }
    }
    CHECK(joined(paths) == "token, ca.crt, namespace");
    for (const JsonValue* container : containers_of(spec)) {
      CAPTURE(text_at(*container, "/name"));
      std::size_t mounts = 0;
      for (const JsonValue* mount : items_at(*container, "/volumeMounts")) {
        if (text_at(*mount, "/name") != account) continue;
        ++mounts;
        CHECK(text_at(*mount, "/mountPath") == kAccountFolder);
        CHECK(at(*mount, "/readOnly").IsTrue());
      }
      CHECK(mounts == (runs_elector(*container) ? 1 : 0));
    }
  }
}

TEST_CASE("replicas are spread, protected by a budget, and reachable only as a policy permits") {
  for (const std::string& file : pod_files()) {
    CAPTURE(file);
    const auto objects = parse_manifest(project_file(file));
    const JsonValue& pod = pod_in(objects);
    if (text_at(objects.back(), "/kind") == "Pod") continue;
    const std::string app = text_at(pod, "/metadata/labels/app");
    CHECK(text_at(pod, "/spec/topologySpreadConstraints/0/labelSelector/matchLabels/app") == app);
    CHECK(text_at(object_of(objects, "PodDisruptionBudget"), "/spec/selector/matchLabels/app") ==
          app);
    const Json& policy = object_of(objects, "NetworkPolicy");
    CHECK(text_at(policy, "/spec/podSelector/matchLabels/app") == app);
    CHECK_FALSE(items_at(policy, "/spec/ingress").empty());
    for (const JsonValue* rule : items_at(policy, "/spec/ingress")) {
      CHECK_FALSE(items_at(*rule, "/from").empty());
      CHECK_FALSE(items_at(*rule, "/ports").empty());
    }
  }
}

}  // namespace elector::tests
