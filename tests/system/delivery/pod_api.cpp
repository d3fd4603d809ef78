// SPDX-License-Identifier: Apache-2.0
#include "tests/system/delivery/pod_api.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/support/candidate.h"
#include "tests/support/skipped.h"
#include "tests/system/delivery/manifest.h"

namespace elector::tests {
namespace {

// What a candidate needs, on two kinds of lock.
constexpr const char* kCandidate = R"(
apiVersion: v1
kind: ServiceAccount
metadata: {name: elector}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: elector}
rules:
- {apiGroups: [""], resources: [endpoints], verbs: [get, create, update, watch]}
- {apiGroups: [coordination.k8s.io], resources: [leases], verbs: [get, create, update, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: elector}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: elector}
subjects: [{kind: ServiceAccount, name: elector}]
)";

std::string decode_base64(const std::string& text) {
  static const std::string alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string result;
  unsigned bits = 0;
  int have = 0;
  for (const char c : text) {
    const std::size_t value = alphabet.find(c);
    if (value == std::string::npos) break;
    bits = (bits << 6U) | static_cast<unsigned>(value);
    have += 6;
    if (have < 8) continue;
    have -= 8;
    result += static_cast<char>((bits >> static_cast<unsigned>(have)) & 0xffU);
  }
  return result;
}

bool is_kind(const Json& object, const std::string& kind) {
  return text_at(object, "/kind") == kind;
}

// The rules of a Role, each for one namespace only, as the test server's tokens have them.
std::string rules_in(const JsonValue& role, const std::string& name_space) {
  std::string text;
  for (const JsonValue* rule : items_at(role, "/rules")) {
    std::string one = to_text(*rule);
    one.insert(1, "\"namespaces\":[" + json_quoted(name_space) + "],");
    text += (text.empty() ? "" : ",") + one;
  }
  return "[" + text + "]";
}

const Json* role_of(const std::vector<Json>& objects, const std::string& account) {
  for (const Json& binding : objects) {
    if (!is_kind(binding, "RoleBinding")) continue;
    const auto subjects = items_at(binding, "/subjects");
    const bool bound = std::any_of(subjects.begin(), subjects.end(), [&](const JsonValue* one) {
      return text_at(*one, "/kind") == "ServiceAccount" && text_at(*one, "/name") == account;
    });
    if (!bound) continue;
    for (const Json& role : objects) {
      if (is_kind(role, "Role") &&
          text_at(role, "/metadata/name") == text_at(binding, "/roleRef/name")) {
        return &role;
      }
    }
  }
  return nullptr;
}

}  // namespace

std::string collection_path(const JsonValue& object, const std::string& name_space) {
  const std::string version = text_at(object, "/apiVersion");
  std::string resource = text_at(object, "/kind");
  std::transform(resource.begin(), resource.end(), resource.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const std::string group = version == "v1" ? "/api/v1" : "/apis/" + version;
  if (resource.ends_with('y')) resource.replace(resource.size() - 1, 1, "ie");
  return group + "/namespaces/" + name_space + "/" + resource + "s";
}

PodApi::PodApi() : cluster_(Cluster::get()) {
  static std::atomic<int> count{0};
  name_space_ = "e2e-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
  find_server();
  if (!is_real()) return;
  const HttpAnswer answer = api().call(
      "POST", "/api/v1/namespaces",
      R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":")" + name_space_ + R"("}})");
  if (answer.status != 201) throw std::runtime_error("namespace: " + answer.body);
}

PodApi::~PodApi() {
  for (auto path = created_.rbegin(); path != created_.rend(); ++path) api().call("DELETE", *path);
  if (!is_real()) return;
  // What the candidates have created. An API server without controllers (as for tests) neither
  // empties the namespace nor removes it when it is empty.
  for (const char* collection :
       {"/apis/coordination.k8s.io/v1/namespaces/", "/api/v1/namespaces/"}) {
    for (const char* resource : {"leases", "endpoints", "configmaps", "events", "pods"}) {
      api().call("DELETE", collection + name_space_ + "/" + resource);
    }
  }
  const std::string path = "/api/v1/namespaces/" + name_space_;
  api().call("DELETE", path);
  api().call("PUT", path + "/finalize",
             R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":")" + name_space_ +
                 R"("},"spec":{"finalizers":[]}})");
}

void PodApi::find_server() {
  if (!is_real()) {
    port_ = std::to_string(cluster_.server()->port());
    authority_ = cluster_.server()->file("ca.crt");
    return;
  }
  Process config(Command{.arguments = {"kubectl", "--kubeconfig=" + cluster_.kubeconfig(), "config",
                                       "view", "--raw", "--minify", "--flatten", "-o", "json"}});
  config.wait_exit();
  const Json view = parse_json(config.text(Process::Stream::kOut));
  authority_ = decode_base64(text_at(view, "/clusters/0/cluster/certificate-authority-data"));
  std::string server = text_at(view, "/clusters/0/cluster/server");
  server.erase(0, server.find("//") + 2);
  const std::size_t colon = server.rfind(':');
  host_ = server.substr(0, colon);
  port_ = colon == std::string::npos ? "443" : server.substr(colon + 1);
}

std::map<std::string, std::string> PodApi::environment() const {
  return {{"KUBERNETES_SERVICE_HOST", host_}, {"KUBERNETES_SERVICE_PORT", port_}};
}

void PodApi::create(const JsonValue& object) {
  const std::string path = collection_path(object, name_space_);
  const HttpAnswer answer = api().call("POST", path, to_text(object));
  if (answer.status != 201) throw std::runtime_error("POST " + path + ": " + answer.body);
  created_.push_back(path + "/" + text_at(object, "/metadata/name"));
}

void PodApi::grant(const std::vector<Json>& objects) {
  if (!is_real()) {
    tell_test_server(objects);
    return;
  }
  for (const char* kind : {"ServiceAccount", "Role", "RoleBinding"}) {
    for (const Json& object : objects) {
      if (is_kind(object, kind)) create(object);
    }
  }
}

void PodApi::tell_test_server(const std::vector<Json>& objects) const {
  for (const Json& account : objects) {
    if (!is_kind(account, "ServiceAccount")) continue;
    const std::string name = text_at(account, "/metadata/name");
    const Json* role = role_of(objects, name);
    std::string order = R"([{"token":)" + json_quoted(token_of(name));
    order.append(R"(,"user":"system:serviceaccount:)").append(name_space_).append(":");
    order.append(name).append(R"(","rules":)");
    order.append(role != nullptr ? rules_in(*role, name_space_) : "[]").append("}]");
    cluster_.server()->tokens(order);
  }
}

std::string PodApi::token_of(const std::string& account) const {
  if (!is_real()) return name_space_ + "-" + account;
  const HttpAnswer answer = api().call(
      "POST", "/api/v1/namespaces/" + name_space_ + "/serviceaccounts/" + account + "/token",
      R"({"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{}})");
  std::string token = text_at(parse_json(answer.body), "/status/token");
  if (token.empty()) throw std::runtime_error("no token for " + account + ": " + answer.body);
  return token;
}

bool PodApi::gives_tokens() const {
  if (!is_real()) return true;
  const std::string resources = api().call("GET", "/api/v1").body;
  if (resources.find("\"serviceaccounts/token\"") != std::string::npos) return true;
  return !skipped_by_server("token requests");
}

std::string PodApi::candidate_token() {
  grant(parse_manifest(kCandidate));
  return token_of("elector");
}

std::map<std::string, std::optional<std::string>> outside_variables(const PodApi& api,
                                                                    const TempDir& account) {
  const auto where = api.environment();
  auto variables = clean_environment();
  variables["ELECTOR_SERVER"] =
      "https://" + where.at("KUBERNETES_SERVICE_HOST") + ":" + where.at("KUBERNETES_SERVICE_PORT");
  variables["ELECTOR_TOKEN"] = account.read("token");
  variables["ELECTOR_CERTIFICATE_AUTHORITY"] = account.path("ca.crt");
  variables["ELECTOR_NAMESPACE"] = api.name_space();
  return variables;
}

}  // namespace elector::tests
