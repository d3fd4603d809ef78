// SPDX-License-Identifier: Apache-2.0
// kubeconfig files (client-go's tools/clientcmd/api/v1): their content, merged, before anything is
// chosen from it. This code does not look at flags, and reads no file but the kubeconfigs
// themselves.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"

namespace elector::kube {

// Paths in all of these are resolved against the directory of the file that names them; *_data is
// still base64.
struct KubeconfigCluster {
  std::string file;  // the kubeconfig that defines it
  std::string server;
  std::string tls_server_name;
  bool insecure_skip_tls_verify = false;
  std::string certificate_authority;
  std::string certificate_authority_data;
  std::string proxy_url;
  std::string
      exec_config_json;  // the extension client.authentication.k8s.io/exec; "" if there is none
};

struct KubeconfigExec {
  std::string command;
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> env;
  std::string api_version;
  std::string install_hint;
  std::string interactive_mode;
  bool provide_cluster_info = false;
};

struct KubeconfigUser {
  std::string file;
  std::string client_certificate;
  std::string client_certificate_data;
  std::string client_key;
  std::string client_key_data;
  std::string token;
  std::string token_file;
  std::string username;
  std::string password;
  std::string as;
  std::string as_uid;
  std::vector<std::string> as_groups;
  std::vector<std::pair<std::string, std::vector<std::string>>> as_user_extra;
  std::string auth_provider;  // a plugin of the kind that client-go removed in 1.26
  std::optional<KubeconfigExec> exec;
};

struct KubeconfigContext {
  std::string file;
  std::string cluster;
  std::string user;
  std::string namespace_;
};

struct Kubeconfig {
  std::vector<std::string> files;  // those that were read, in order
  std::string current_context;
  std::map<std::string, KubeconfigCluster> clusters;
  std::map<std::string, KubeconfigUser> users;
  std::map<std::string, KubeconfigContext> contexts;

  bool empty() const { return clusters.empty() && users.empty() && contexts.empty(); }
  std::string file_list() const;  // for messages
};

// Reads one kubeconfig, YAML or JSON; `path` is for messages and for resolving relative paths.
// Blank text is an empty kubeconfig. Fails with kConfig, naming path, line and field: not YAML, a
// field of the wrong type, a duplicate key or name, another kind of object.
Expected<Kubeconfig> parse_kubeconfig(const std::string& text, const std::string& path);

// Merges as kubectl does: of two entries with one name the first file's is taken whole; the first
// current-context that is not empty counts.
void merge_kubeconfig(Kubeconfig& first, Kubeconfig later);

}  // namespace elector::kube
