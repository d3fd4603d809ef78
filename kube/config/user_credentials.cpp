// SPDX-License-Identifier: Apache-2.0
#include "kube/config/user_credentials.h"

#include <sys/stat.h>

#include <chrono>

#include "kube/base/rapid_json.h"
#include "kube/base/text.h"
#include "kube/base/time_format.h"
#include "kube/config/pem.h"
#include "kube/config/pem_field.h"

namespace elector::kube {
namespace {

bool is_regular_file(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

// Each has already been read and checked alone; this checks them together.
Failure check_pair(const std::string& who, const CredentialSource& source,
                   std::vector<std::string>& warnings) {
  const auto content = [](const PemSource& pem) {
    if (!pem.data.empty()) return pem.data;
    auto text = read_file(pem.file);
    return text ? *text : std::string();
  };
  const std::string certificate = content(source.client_certificate);
  if (!key_belongs(certificate, content(source.client_key))) {
    return config_error(who + ": its client-key is not the key of its client-certificate");
  }
  const auto expiry = certificate_expiry(certificate);
  if (expiry && *expiry < std::chrono::system_clock::now()) {
    warnings.push_back(who + ": its client certificate expired at " +
                       format_time(*expiry, TimePrecision::kSeconds) +
                       "; the API server will refuse it");
  }
  return std::nullopt;
}

// The client certificate and key, both or neither. Files are kept as files, so that a renewed
// certificate is found; what came through a pipe can be read only once and is kept as data.
Failure settle_client_certificate(const Choice& choice, Connection& connection) {
  const KubeconfigUser& user = choice.user;
  const bool has_certificate =
      !user.client_certificate.empty() || !user.client_certificate_data.empty();
  const bool has_key = !user.client_key.empty() || !user.client_key_data.empty();
  if (has_certificate != has_key) {
    return blame(choice.user_name,
                 has_key ? ": client-key is given without client-certificate; give both"
                         : ": client-certificate is given without client-key; give both");
  }
  if (!has_certificate) return std::nullopt;
  const auto settle = [&](const char* field, const std::string& file, const std::string& data,
                          PemCheck check, PemSource& into) -> Failure {
    if (auto warning = both_given(choice.user_name, field, file, data))
      connection.warnings.push_back(*warning);
    const bool again = data.empty() && is_regular_file(file);
    auto pem = read_pem({.who = choice.user_name,
                         .field = field,
                         .file = file,
                         .data = data,
                         .regular_file_only = choice.regular_files_only},
                        check);
    if (!pem) return pem.error();
    if (again) {
      into.file = file;
    } else {
      into.data = std::move(*pem);
    }
    return std::nullopt;
  };
  CredentialSource& source = connection.credentials;
  if (auto failure =
          settle("client-certificate", user.client_certificate, user.client_certificate_data,
                 certificate_problem, source.client_certificate)) {
    return failure;
  }
  if (auto failure = settle("client-key", user.client_key, user.client_key_data,
                            private_key_problem, source.client_key)) {
    return failure;
  }
  return check_pair(choice.user_name, source, connection.warnings);
}

Failure settle_token(const Choice& choice, Connection& connection) {
  CredentialSource& source = connection.credentials;
  source.token = choice.user.token;
  if (!choice.user.token_file.empty()) {
    const std::string& file = choice.user.token_file;
    const bool again = is_regular_file(file);
    auto text = read_file(file, choice.regular_files_only);
    if (text) *text = trim(*text);
    if (text && !text->empty()) {
      source.token = std::move(*text);
      if (again) source.token_file = file;
    } else {
      const std::string problem = (text ? file + ": is empty" : text.error().message) +
                                  " (tokenFile of " + choice.user_name + ")";
      if (source.token.empty()) return config_error(problem);
      // As in client-go, the token is used until the file can be.
      connection.warnings.push_back(problem + "; the entry's token is used instead");
      source.token_file = file;
    }
  }
  if (has_control_character(source.token)) {
    return blame(choice.user_name,
                 ": its token contains a character that is not valid in a token (a line break?)");
  }
  return std::nullopt;
}

// Returns the cluster part of KUBERNETES_EXEC_INFO (client.authentication.k8s.io, type Cluster).
std::string exec_cluster_json(const Choice& choice, const Connection& connection) {
  rapid::StringBuffer buffer;
  rapid::Writer writer(buffer);
  const auto field = [&](const char* key, const std::string& value) {
    if (value.empty()) return;
    writer.Key(key);
    writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  writer.StartObject();
  field("server", choice.cluster.server);
  field("tls-server-name", connection.tls.server_name);
  if (connection.tls.insecure) {
    writer.Key("insecure-skip-tls-verify");
    writer.Bool(true);
  }
  field("certificate-authority-data", base64_encode(connection.tls.ca_pem));
  field("proxy-url", choice.cluster.proxy_url);
  if (const std::string& config = choice.cluster.exec_config_json; !config.empty()) {
    writer.Key("config");
    writer.RawValue(config.data(), config.size(), rapidjson::kObjectType);
  }
  writer.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize());
}

Failure check_exec(const std::string& who, const KubeconfigExec& exec) {
  constexpr const char* kVersions =
      "client.authentication.k8s.io/v1 and client.authentication.k8s.io/v1beta1 are supported";
  const std::string plugin = who + ": exec: ";
  if (exec.command.empty()) return config_error(plugin + "command is missing");
  if (exec.api_version.empty()) return config_error(plugin + "apiVersion is missing; " + kVersions);
  const bool v1 = exec.api_version == "client.authentication.k8s.io/v1";
  if (!v1 && exec.api_version != "client.authentication.k8s.io/v1beta1") {
    return config_error(plugin + "apiVersion " + exec.api_version + " is not supported; " +
                        kVersions);
  }
  const std::string& mode = exec.interactive_mode;
  if (mode.empty() ? v1 : mode != "Never" && mode != "IfAvailable" && mode != "Always") {
    return config_error(plugin + "interactiveMode must be Never, IfAvailable or Always");
  }
  for (const auto& [name, value] : exec.env) {
    const bool bad = name.empty() || name.find('=') != std::string::npos ||
                     (name + value).find('\0') != std::string::npos;
    if (bad) return config_error(plugin + "env has an entry without a valid name");
  }
  return std::nullopt;
}

Failure settle_exec(const Choice& choice, Connection& connection) {
  const KubeconfigUser& user = choice.user;
  if (!user.exec) return std::nullopt;
  if (auto failure = check_exec(choice.user_name, *user.exec)) return failure;
  const bool other =
      !connection.credentials.token.empty() || !user.username.empty() || !user.password.empty();
  if (other)
    return std::nullopt;  // as in client-go: a request that has credentials needs no plugin
  if (user.exec->interactive_mode == "Always" && !choice.has_terminal) {
    return config_error(choice.user_name +
                        ": exec: interactiveMode is Always, so the plugin needs a terminal, but "
                        "standard input is not a terminal; use another credential");
  }
  ExecPlugin plugin;
  using Interactive = ExecPlugin::Interactive;
  plugin.interactive = user.exec->interactive_mode == "Never"    ? Interactive::kNever
                       : user.exec->interactive_mode == "Always" ? Interactive::kAlways
                                                                 : Interactive::kIfAvailable;
  plugin.origin = choice.user_name;
  plugin.command = user.exec->command;
  plugin.args = user.exec->args;
  plugin.env = user.exec->env;
  plugin.api_version = user.exec->api_version;
  plugin.install_hint = user.exec->install_hint;
  if (user.exec->provide_cluster_info) plugin.cluster_json = exec_cluster_json(choice, connection);
  connection.credentials.exec = std::move(plugin);
  return std::nullopt;
}

}  // namespace

Failure settle_user(const Choice& choice, Connection& connection) {
  const KubeconfigUser& user = choice.user;
  const std::string& who = choice.user_name;
  if (!user.auth_provider.empty()) {
    return config_error(who + ": uses the auth-provider " + user.auth_provider +
                        ", a mechanism that Kubernetes 1.26 removed; replace it by an exec plugin");
  }
  const bool basic = !user.username.empty() || !user.password.empty();
  if (basic && (!user.token.empty() || !user.token_file.empty())) {
    return config_error(who +
                        ": has a token and a username or password; only one of them can be used");
  }
  connection.credentials.origin = who;
  connection.credentials.username = user.username;
  connection.credentials.password = user.password;
  if (auto failure = settle_token(choice, connection)) return failure;
  if (auto failure = settle_client_certificate(choice, connection)) return failure;
  return settle_exec(choice, connection);
}

}  // namespace elector::kube
