// SPDX-License-Identifier: Apache-2.0
// The order in which kubectl looks for a configuration: client-go's ClientConfigLoadingRules,
// DirectClientConfig and DeferredLoadingClientConfig.
#include "kube/config/selection.h"

#include <algorithm>
#include <optional>

#include "kube/base/host_port.h"
#include "kube/base/text.h"

namespace elector::kube {
namespace {

std::string quoted(const std::string& text) {
  return "\"" + text + "\"";
}

template <typename Entry>
std::string names(const std::map<std::string, Entry>& entries) {
  constexpr std::size_t kShown = 10;
  if (entries.empty()) return "there are none";
  std::string list;
  std::size_t n = 0;
  for (const auto& [name, entry] : entries) {
    if (++n > kShown)
      return "there are: " + list + " and " + std::to_string(entries.size() - kShown) + " more";
    list += (list.empty() ? "" : ", ") + name;
  }
  return "there are: " + list;
}

// The error if what --context, --cluster or --user names is not defined anywhere.
template <typename Entry>
Error undefined(const std::string& kind, const std::string& name, const Kubeconfig& config,
                const std::map<std::string, Entry>& entries) {
  const std::string flag = "--" + kind + " " + quoted(name) + ": ";
  const std::string files = config.file_list();
  if (files.empty()) return config_error(flag + "there is no kubeconfig that could define it");
  return config_error(flag + "no such " + kind + " in " + files + "; " + names(entries));
}

// The kubeconfig files to read, and what was looked for, as the error says it if nothing was found.
struct Loaded {
  Kubeconfig config;
  std::string looked_for;
};

// Adds one file to `config`. With `optional`, a file that does not exist adds nothing.
Failure read_into(Kubeconfig& config, const std::string& path, const Environment& environment,
                  bool optional) {
  std::string content;
  if (optional) {
    auto text = read_file_if_there(path, environment.regular_files_only);
    if (!text) return text.error();
    if (!*text) return std::nullopt;
    content = std::move(**text);
  } else {
    auto text = read_file(path, environment.regular_files_only);
    if (!text) return text.error();
    content = std::move(*text);
  }
  auto parsed = parse_kubeconfig(content, path);
  if (!parsed) return parsed.error();
  merge_kubeconfig(config, std::move(*parsed));
  return std::nullopt;
}

std::vector<std::string> split_paths(const std::string& list) {
  std::vector<std::string> paths;
  std::size_t from = 0;
  while (from <= list.size()) {
    const std::size_t to = std::min(list.find(':', from), list.size());
    std::string path = list.substr(from, to - from);
    // A file that is named twice counts once, as in kubectl.
    if (!path.empty() && std::find(paths.begin(), paths.end(), path) == paths.end()) {
      paths.push_back(std::move(path));
    }
    from = to + 1;
  }
  return paths;
}

Expected<Loaded> load(const Overrides& overrides, const Environment& environment) {
  Loaded loaded;
  if (!overrides.kubeconfig.empty()) {
    loaded.looked_for = "--kubeconfig " + overrides.kubeconfig;
    if (auto failure = read_into(loaded.config, overrides.kubeconfig, environment, false)) {
      failure->message = "--kubeconfig " + failure->message;
      return *failure;
    }
    return loaded;
  }
  std::vector<std::string> paths = split_paths(environment.get("KUBECONFIG"));
  if (!paths.empty()) {
    loaded.looked_for = "$KUBECONFIG (" + environment.get("KUBECONFIG") + ": no such file)";
  } else if (const std::string home = environment.get("HOME"); !home.empty()) {
    paths.push_back(home + "/.kube/config");
    loaded.looked_for = "$KUBECONFIG (not set), " + paths.front() + " (no such file)";
  } else {
    loaded.looked_for = "$KUBECONFIG (not set), ~/.kube/config ($HOME is not set)";
  }
  for (const std::string& path : paths) {
    if (auto failure = read_into(loaded.config, path, environment, true)) return *failure;
  }
  return loaded;
}

// Returns why this is not a pod with a service account; nothing if it is one. Fails if that cannot
// be determined.
Expected<std::optional<std::string>> why_not_in_cluster(const Environment& environment) {
  using Reason = std::optional<std::string>;
  for (const char* name : {"KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"}) {
    if (environment.get(name).empty()) return Reason(std::string("$") + name + " is not set");
  }
  const std::string token = environment.service_account_dir + "/token";
  const auto there = is_there(token);
  if (!there) return there.error();
  if (!*there) return Reason(token + ": no such file; is automountServiceAccountToken off?");
  return Reason();
}

// rest.InClusterConfig, as a cluster and a user, so that the flags apply to it as to any other.
Expected<Choice> in_cluster(const Environment& environment) {
  Choice choice;
  const std::string host = environment.get("KUBERNETES_SERVICE_HOST");
  choice.cluster.server =
      "https://" + bracketed(host) + ":" + environment.get("KUBERNETES_SERVICE_PORT");
  choice.cluster_name = "the pod's environment: KUBERNETES_SERVICE_HOST and _PORT";
  const std::string ca = environment.service_account_dir + "/ca.crt";
  const auto has_ca = is_there(ca);
  if (!has_ca) return has_ca.error();
  if (*has_ca) {
    choice.cluster.certificate_authority = ca;
  } else {
    choice.warnings.push_back(
        ca + ": no such file; the system's certificate authorities are trusted instead");
  }
  choice.user.token_file = environment.service_account_dir + "/token";
  choice.user_name = "the pod's service account";
  return choice;
}

template <typename Entry>
const Entry* find(const std::map<std::string, Entry>& entries, const std::string& name) {
  const auto found = entries.find(name);
  return found == entries.end() ? nullptr : &found->second;
}

// Returns the context that applies; `name` is "" and the context empty if there is none.
Expected<KubeconfigContext> choose_context(const Overrides& overrides, const Kubeconfig& config,
                                           std::string& name) {
  const std::string files = config.file_list();
  name = overrides.context.empty() ? config.current_context : overrides.context;
  if (!name.empty()) {
    if (const auto* context = find(config.contexts, name)) return *context;
    const std::string there = "; " + names(config.contexts);
    if (overrides.context.empty()) {
      return config_error(files + ": its current-context " + quoted(name) + " does not exist" +
                          there);
    }
    return undefined("context", name, config, config.contexts);
  }
  if (overrides.cluster.empty() && overrides.server.empty()) {
    if (files.empty()) {
      return config_error(
          "there is no kubeconfig that names a server; give --server or --kubeconfig");
    }
    return config_error(files + ": no current-context is set; choose one with --context (" +
                        names(config.contexts) + ")");
  }
  return KubeconfigContext();
}

Failure choose_cluster(const Overrides& overrides, const Kubeconfig& config,
                       const KubeconfigContext& context, Choice& choice) {
  const std::string& name = overrides.cluster.empty() ? context.cluster : overrides.cluster;
  if (name.empty()) {
    if (!overrides.server.empty()) return std::nullopt;
    return config_error(context.file + ": context " + quoted(choice.context) +
                        " names no cluster; add one, or give --cluster or --server");
  }
  const auto* cluster = find(config.clusters, name);
  if (cluster != nullptr) {
    choice.cluster = *cluster;
    choice.cluster_name = cluster->file + ": cluster " + quoted(name);
    return std::nullopt;
  }
  const std::string there = "; " + names(config.clusters);
  if (!overrides.cluster.empty()) {
    return undefined("cluster", name, config, config.clusters);
  }
  return config_error(context.file + ": context " + quoted(choice.context) + " names the cluster " +
                      quoted(name) + ", which does not exist" + there);
}

// Unlike kubectl, which then continues anonymously, a user that does not exist is an error.
Failure choose_user(const Overrides& overrides, const Kubeconfig& config,
                    const KubeconfigContext& context, Choice& choice) {
  const std::string& name = overrides.user.empty() ? context.user : overrides.user;
  if (name.empty()) return std::nullopt;
  const auto* user = find(config.users, name);
  if (user != nullptr) {
    choice.user = *user;
    choice.user_name = user->file + ": user " + quoted(name);
    return std::nullopt;
  }
  const std::string there = "; " + names(config.users);
  if (!overrides.user.empty()) {
    return undefined("user", name, config, config.users);
  }
  return config_error(context.file + ": context " + quoted(choice.context) + " names the user " +
                      quoted(name) + ", which does not exist" + there);
}

Expected<Choice> from_kubeconfig(const Overrides& overrides, const Kubeconfig& config) {
  Choice choice;
  const auto context = choose_context(overrides, config, choice.context);
  if (!context) return context.error();
  if (auto failure = choose_cluster(overrides, config, *context, choice)) return *failure;
  if (auto failure = choose_user(overrides, config, *context, choice)) return *failure;
  choice.namespace_ = context->namespace_;
  choice.namespace_name = context->file + ": context " + quoted(choice.context) + ": namespace";
  return choice;
}

// client-go's DirectClientConfig.getCluster, in which a flag also clears what it contradicts.
void apply_cluster_flags(const Overrides& overrides, Choice& choice) {
  KubeconfigCluster& cluster = choice.cluster;
  if (!overrides.server.empty()) {
    cluster.server = overrides.server;
    choice.cluster_name = "--server";
  }
  if (overrides.insecure_skip_tls_verify || !overrides.certificate_authority.empty()) {
    cluster.insecure_skip_tls_verify = overrides.insecure_skip_tls_verify;
    cluster.certificate_authority = overrides.certificate_authority;
    cluster.certificate_authority_data.clear();
  }
  // A name for another server's certificate does not apply to the server that --server names.
  if (!overrides.tls_server_name.empty() || !overrides.server.empty()) {
    cluster.tls_server_name = overrides.tls_server_name;
  }
}

void apply_user_flags(const Overrides& overrides, Choice& choice) {
  KubeconfigUser& user = choice.user;
  if (!overrides.token.empty()) {
    user.token = overrides.token;
    user.token_file.clear();
    user.username.clear();
    user.password.clear();
    user.auth_provider.clear();
    user.exec.reset();
    choice.user_name = "--token";
  }
  if (!overrides.username.empty() || !overrides.password.empty()) {
    // Each replaces the kubeconfig's, as in client-go. A token beside them is an error, which names
    // both.
    if (!overrides.username.empty()) user.username = overrides.username;
    if (!overrides.password.empty()) user.password = overrides.password;
    const std::string flag = overrides.username.empty() ? "--password" : "--username";
    const bool has_token = !user.token.empty() || !user.token_file.empty();
    choice.user_name = has_token ? choice.user_name + " with " + flag : flag;
  }
  if (!overrides.client_certificate.empty()) {
    user.client_certificate = overrides.client_certificate;
    user.client_certificate_data.clear();
    choice.user_name = "--client-certificate";
  }
  if (!overrides.client_key.empty()) {
    user.client_key = overrides.client_key;
    user.client_key_data.clear();
    if (overrides.client_certificate.empty()) choice.user_name = "--client-key";
  }
  if (!overrides.as.empty()) user.as = overrides.as;
  if (!overrides.as_uid.empty()) user.as_uid = overrides.as_uid;
  if (!overrides.as_groups.empty()) user.as_groups = overrides.as_groups;
}

// client-go's inClusterClientConfig.Namespace(): the downward API's variable takes precedence over
// the file, which a projected volume may lack. Sets nothing outside a pod.
Failure pod_namespace(const Environment& environment, Choice& choice) {
  const auto no_pod = why_not_in_cluster(environment);
  if (!no_pod) return no_pod.error();
  if (*no_pod) return std::nullopt;
  if (const std::string name = environment.get("POD_NAMESPACE"); !name.empty()) {
    choice.namespace_ = name;
    choice.namespace_name = "$POD_NAMESPACE";
    return std::nullopt;
  }
  const std::string path = environment.service_account_dir + "/namespace";
  const auto text = read_file_if_there(path);
  if (!text) return text.error();
  if (*text) choice.namespace_ = trim(**text);
  choice.namespace_name = path + ":";
  if (choice.namespace_.empty()) {
    choice.warnings.push_back("cannot determine this pod's namespace (" + path +
                              (*text ? " is empty" : ": no such file") +
                              ", POD_NAMESPACE is not set): using \"default\"; give --namespace, "
                              "or set POD_NAMESPACE with the downward API");
  }
  return std::nullopt;
}

Failure settle_namespace(const Overrides& overrides, const Environment& environment,
                         Choice& choice) {
  if (!overrides.namespace_.empty()) {
    choice.namespace_ = overrides.namespace_;
    choice.namespace_name = "--namespace";
  }
  if (!choice.namespace_.empty()) return std::nullopt;
  if (auto failure = pod_namespace(environment, choice)) {
    failure->message += "; the namespace is read from this file: give --namespace";
    return failure;
  }
  if (!choice.namespace_.empty()) return std::nullopt;
  choice.namespace_ = "default";
  if (choice.warnings.empty()) {
    choice.notes.emplace_back("no namespace is given: using \"default\", as kubectl does");
  }
  return std::nullopt;
}

Expected<Choice> find_configuration(const Overrides& overrides, const Environment& environment) {
  if (overrides.use_cluster_credentials) {
    const auto no_pod = why_not_in_cluster(environment);
    if (!no_pod) return no_pod.error();
    if (*no_pod) {
      return config_error("--use-cluster-credentials: this is not a pod with a service account: " +
                          **no_pod);
    }
    return in_cluster(environment);
  }
  auto loaded = load(overrides, environment);
  if (!loaded) return loaded.error();
  const bool chosen = !overrides.server.empty() || !overrides.context.empty() ||
                      !overrides.cluster.empty() || !overrides.user.empty();
  if (!loaded->config.empty() || !loaded->config.current_context.empty() || chosen) {
    return from_kubeconfig(overrides, loaded->config);
  }
  const auto no_pod = why_not_in_cluster(environment);
  if (!no_pod) return no_pod.error();
  if (overrides.kubeconfig.empty() && !*no_pod) return in_cluster(environment);
  if (!loaded->config.files.empty()) {
    return config_error(loaded->config.file_list() +
                        ": is empty: it defines no cluster, no user and no context");
  }
  return config_error("found no Kubernetes configuration: looked for " + loaded->looked_for +
                      " and a pod's service account (" + **no_pod +
                      "); give --kubeconfig or --server");
}

}  // namespace

Expected<Kubeconfig> load_kubeconfig(const Overrides& overrides, const Environment& environment) {
  auto loaded = load(overrides, environment);
  if (!loaded) return loaded.error();
  return std::move(loaded->config);
}

Expected<Choice> choose(const Overrides& overrides, const Environment& environment) {
  if (overrides.use_cluster_credentials) {
    for (const auto& [flag, value] :
         {std::pair{"--kubeconfig", &overrides.kubeconfig},
          std::pair{"--context", &overrides.context}, std::pair{"--cluster", &overrides.cluster},
          std::pair{"--user", &overrides.user}}) {
      if (value->empty()) continue;
      return usage_error(
          std::string(
              "--use-cluster-credentials uses the pod's service account instead of a kubeconfig; "
              "remove it or ") +
          flag);
    }
  }
  if (overrides.insecure_skip_tls_verify && !overrides.certificate_authority.empty()) {
    return usage_error(
        "--certificate-authority and --insecure-skip-tls-verify contradict each other; give one");
  }
  auto choice = find_configuration(overrides, environment);
  if (!choice) return choice;
  apply_cluster_flags(overrides, *choice);
  apply_user_flags(overrides, *choice);
  if (choice->user.as.empty() && !(overrides.as_groups.empty() && overrides.as_uid.empty())) {
    return usage_error("--as-group and --as-uid need a user to impersonate; give --as too");
  }
  if (auto failure = settle_namespace(overrides, environment, *choice)) return *failure;
  choice->regular_files_only = environment.regular_files_only;
  choice->has_terminal = environment.has_terminal;
  return choice;
}

}  // namespace elector::kube
