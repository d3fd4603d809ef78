// SPDX-License-Identifier: Apache-2.0
// Reads kubeconfig files with yaml-cpp; its exceptions do not leave this file.
#include "kube/config/kubeconfig.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>

#include "kube/base/text.h"
#include "kube/base/utf8.h"
#include "kube/config/yaml_json.h"
#include "kube/config/yaml_keys.h"

namespace elector::kube {
namespace {

constexpr const char* kExecExtension = "client.authentication.k8s.io/exec";

// One mapping of the file, with its name for messages. The first error in a file is remembered, and
// reading continues with empty values, so that the code below reads as a list of fields.
class Fields {
 public:
  Fields(const YAML::Node& node, std::string name, const std::string& path,
         std::optional<Error>& error)
      : node_(node), name_(std::move(name)), path_(path), error_(error) {
    if (is_yaml_null(node_)) return;
    if (!node_.IsMap()) {
      fail(node_, name_ + " must be a mapping");
    } else if (auto layers = yaml_layers(node_)) {
      layers_ = std::move(*layers);
    } else {
      fail(node_, (name_.empty() ? "" : name_ + ": ") +
                      "\"<<\" must be a mapping or a list of mappings, at most " +
                      std::to_string(kMaxYamlLayers) + " in all");
    }
  }

  std::string text(const char* key) const {
    const YAML::Node value = at(key);
    if (is_yaml_null(value)) return "";
    return string(value, describe(key) + " must be a string");
  }

  // A path, made absolute or relative to the working directory as the kubeconfig itself is.
  std::string file(const char* key) const { return resolve(text(key)); }

  std::string resolve(const std::string& relative) const {
    const std::filesystem::path given(relative);
    if (relative.empty() || given.is_absolute()) return relative;
    return (std::filesystem::path(path_).parent_path() / given).lexically_normal().string();
  }

  bool boolean(const char* key) const {
    const YAML::Node value = at(key);
    if (is_yaml_null(value)) return false;
    if (const auto parsed = yaml_boolean(value)) return *parsed;
    fail(value, describe(key) + " must be true or false, without quotes");
    return false;
  }

  std::vector<std::string> texts(const char* key) const {
    std::vector<std::string> all;
    for (const YAML::Node& item : sequence(key)) {
      all.push_back(string(item, describe(key) + " must be a list of strings"));
    }
    return all;
  }

  std::vector<YAML::Node> sequence(const char* key) const {
    const YAML::Node value = at(key);
    std::vector<YAML::Node> items;
    if (is_yaml_null(value)) return items;
    if (value.IsSequence()) {
      for (const auto& item : value) items.push_back(item);
    } else {
      fail(value, describe(key) + " must be a list");
    }
    return items;
  }

  Fields inner(const char* key) const { return {at(key), describe(key), path_, error_}; }
  Fields item(const YAML::Node& node, std::string name) const {
    return {node, std::move(name), path_, error_};
  }
  bool has(const char* key) const { return !is_yaml_null(at(key)); }

  YAML::Node at(const char* key) const {
    for (const YAML::Node& layer : layers_) {
      if (const YAML::Node value = layer[key]; value.IsDefined()) return value;
    }
    return YAML::Node(YAML::NodeType::Undefined);
  }

  // Returns all keys that are text, in order.
  std::vector<std::string> keys() const {
    std::vector<std::string> all;
    for (const YAML::Node& layer : layers_) {
      for (const auto& entry : layer) {
        if (!entry.first.IsScalar() || is_yaml_merge(entry.first)) continue;
        const std::string& key = entry.first.Scalar();
        if (std::find(all.begin(), all.end(), key) == all.end()) all.push_back(key);
      }
    }
    return all;
  }

  void fail(const YAML::Node& node, const std::string& what) const {
    if (error_) return;
    const int line = node.IsDefined() ? node.Mark().line : -1;
    const std::string where = line < 0 ? "" : "line " + std::to_string(line + 1) + ": ";
    error_ = Error{Error::Kind::kConfig, on_one_line(path_ + ": " + where + what)};
  }

  const std::string& path() const { return path_; }
  std::string describe(const char* key) const { return name_.empty() ? key : name_ + ": " + key; }

 private:
  // Reads a scalar that kubectl takes for a string. As kubectl does, this refuses a number or a
  // boolean: 0123456 could as well mean 42798.
  std::string string(const YAML::Node& value, const std::string& rule) const {
    if (is_yaml_number(value)) {
      fail(value, rule + ", and " + value.Scalar() + " is a number; put it in quotes");
    } else if (yaml_boolean(value)) {
      fail(value, rule + ", and " + value.Scalar() + " is a boolean; put it in quotes");
    } else if (value.IsScalar()) {
      return value.Scalar();
    } else {
      fail(value, rule);
    }
    return "";
  }

  YAML::Node node_;
  std::vector<YAML::Node> layers_;  // see yaml_layers()
  std::string name_;
  const std::string& path_;
  std::optional<Error>& error_;
};

KubeconfigCluster read_cluster(const Fields& fields) {
  KubeconfigCluster cluster;
  cluster.file = fields.path();
  cluster.server = fields.text("server");
  cluster.tls_server_name = fields.text("tls-server-name");
  cluster.insecure_skip_tls_verify = fields.boolean("insecure-skip-tls-verify");
  cluster.certificate_authority = fields.file("certificate-authority");
  cluster.certificate_authority_data = fields.text("certificate-authority-data");
  cluster.proxy_url = fields.text("proxy-url");
  for (const YAML::Node& node : fields.sequence("extensions")) {
    const Fields extension = fields.item(node, fields.describe("extensions"));
    if (extension.text("name") != kExecExtension) continue;
    if (auto json = yaml_to_json(extension.at("extension"))) {
      cluster.exec_config_json = std::move(*json);
    } else {
      extension.fail(node,
                     std::string("the extension ") + kExecExtension + " cannot be written as JSON");
    }
  }
  return cluster;
}

KubeconfigExec read_exec(const Fields& fields) {
  KubeconfigExec exec;
  exec.command = fields.text("command");
  // As in kubectl, a command with a slash is a path relative to the kubeconfig, and one without is
  // looked up in PATH.
  if (exec.command.find('/') != std::string::npos) {
    exec.command = fields.resolve(exec.command);
    if (exec.command.find('/') == std::string::npos) exec.command.insert(0, "./");
  }
  exec.args = fields.texts("args");
  for (const YAML::Node& node : fields.sequence("env")) {
    const Fields variable = fields.item(node, fields.describe("env"));
    exec.env.emplace_back(variable.text("name"), variable.text("value"));
  }
  exec.api_version = fields.text("apiVersion");
  exec.install_hint = fields.text("installHint");
  exec.interactive_mode = fields.text("interactiveMode");
  exec.provide_cluster_info = fields.boolean("provideClusterInfo");
  return exec;
}

KubeconfigUser read_user(const Fields& fields) {
  KubeconfigUser user;
  user.file = fields.path();
  user.client_certificate = fields.file("client-certificate");
  user.client_certificate_data = fields.text("client-certificate-data");
  user.client_key = fields.file("client-key");
  user.client_key_data = fields.text("client-key-data");
  user.token = fields.text("token");
  user.token_file = fields.file("tokenFile");
  user.username = fields.text("username");
  user.password = fields.text("password");
  user.as = fields.text("as");
  user.as_uid = fields.text("as-uid");
  user.as_groups = fields.texts("as-groups");
  const Fields extra = fields.inner("as-user-extra");
  for (const std::string& key : extra.keys()) {
    user.as_user_extra.emplace_back(key, extra.texts(key.c_str()));
  }
  if (fields.has("auth-provider")) {
    const Fields provider = fields.inner("auth-provider");
    user.auth_provider = provider.has("name") ? provider.text("name") : "(without a name)";
  }
  if (fields.has("exec")) user.exec = read_exec(fields.inner("exec"));
  return user;
}

KubeconfigContext read_context(const Fields& fields) {
  KubeconfigContext context;
  context.file = fields.path();
  context.cluster = fields.text("cluster");
  context.user = fields.text("user");
  context.namespace_ = fields.text("namespace");
  return context;
}

// Lists in a kubeconfig are maps in disguise: [{name: …, <kind>: {…}}].
template <typename Entry, typename Read>
void read_named(const Fields& root, const char* list, const char* kind, Read read,
                std::map<std::string, Entry>& into) {
  for (const YAML::Node& node : root.sequence(list)) {
    const Fields named = root.item(node, list);
    const std::string name = named.text("name");
    const Fields body = named.item(named.at(kind), std::string(kind) + " \"" + name + "\"");
    if (!into.emplace(name, read(body)).second) {
      named.fail(node,
                 std::string("two ") + list + " are named \"" + name + "\"; rename or remove one");
    }
  }
}

std::optional<Error> check_kind(const Fields& root) {
  const std::string kind = root.text("kind");
  const std::string version = root.text("apiVersion");
  if ((kind.empty() || kind == "Config") && (version.empty() || version == "v1"))
    return std::nullopt;
  const std::string what = version.empty() || kind.empty() ? version + kind : version + " " + kind;
  return Error{Error::Kind::kConfig,
               on_one_line(root.path() + ": is " + what + ", not a kubeconfig (v1 Config)")};
}

Expected<Kubeconfig> read_root(const YAML::Node& node, const std::string& path) {
  Kubeconfig config;
  config.files.push_back(path);
  if (is_yaml_null(node)) return config;
  if (!node.IsMap()) {
    return Error{Error::Kind::kConfig,
                 path + ": is not a kubeconfig: no mapping with clusters, users and contexts"};
  }
  std::optional<Error> error;
  const Fields root(node, "", path, error);
  if (auto other = check_kind(root); other && !error) return *other;
  config.current_context = root.text("current-context");
  read_named(root, "clusters", "cluster", read_cluster, config.clusters);
  read_named(root, "users", "user", read_user, config.users);
  read_named(root, "contexts", "context", read_context, config.contexts);
  if (error) return *error;
  return config;
}

}  // namespace

std::string Kubeconfig::file_list() const {
  std::string list;
  for (const std::string& file : files) list += (list.empty() ? "" : ", ") + file;
  return list;
}

Expected<Kubeconfig> parse_kubeconfig(const std::string& text, const std::string& path) {
  // yaml-cpp accepts control characters as text; a file with a NUL in it is not a kubeconfig.
  if (text.find('\0') != std::string::npos) {
    return Error{Error::Kind::kConfig, path + ": is not a kubeconfig but binary data"};
  }
  // yaml-cpp accepts that too, but what is passed on to a plugin is JSON.
  if (!is_utf8(text)) {
    return Error{Error::Kind::kConfig, path + ": is not a kubeconfig: its text is not UTF-8"};
  }
  try {
    const YAML::Node document = YAML::Load(text);
    if (const auto repeated = find_repeated_key(document)) {
      return Error{Error::Kind::kConfig,
                   on_one_line(path + ": line " + std::to_string(repeated->line) + ": the key \"" +
                               repeated->key + "\" is in this mapping twice (first on line " +
                               std::to_string(repeated->first_line) + "); remove one")};
    }
    return read_root(document, path);
  } catch (const YAML::Exception& e) {
    const std::string where =
        e.mark.is_null() ? "" : "line " + std::to_string(e.mark.line + 1) + ": ";
    return Error{Error::Kind::kConfig,
                 on_one_line(path + ": " + where + "is not valid YAML: " + e.msg)};
  }
}

void merge_kubeconfig(Kubeconfig& first, Kubeconfig later) {
  first.files.insert(first.files.end(), later.files.begin(), later.files.end());
  if (first.current_context.empty()) first.current_context = std::move(later.current_context);
  first.clusters.merge(later.clusters);  // keeps existing entries
  first.users.merge(later.users);
  first.contexts.merge(later.contexts);
}

}  // namespace elector::kube
