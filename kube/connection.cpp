// The second half of resolving a connection: what was chosen is checked, read and put into the form
// that the transport uses.
#include "kube/connection.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <sys/stat.h>

#include <cctype>

#include "kube/config_choice.h"
#include "kube/pem.h"
#include "kube/time_format.h"
#include "kube/url.h"

namespace elector::kube {
namespace {

Error config_error(std::string message) {
  return {Error::Kind::kConfig, std::move(message)};
}

// What flags alone are to blame for is a usage error.
Error blame(const std::string& origin, std::string message) {
  const bool flag = origin.starts_with("--");
  return {flag ? Error::Kind::kUsage : Error::Kind::kConfig, origin + std::move(message)};
}

bool has_control_character(const std::string& text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) return true;
  }
  return false;
}

bool is_regular_file(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

// RFC 1123 label, which is what a namespace's name is; it becomes a part of every path that is
// asked for.
bool is_dns_label(const std::string& text) {
  if (text.empty() || text.size() > 63 || text.front() == '-' || text.back() == '-') return false;
  for (const char c : text) {
    if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-') return false;
  }
  return true;
}

using Check = std::optional<std::string> (*)(std::string_view pem);

// One PEM, inline or from a file, checked. `who` and `field` are for messages: `FILE: user "x"`,
// "client-key".
Expected<std::string> read_pem(const std::string& who, const std::string& field,
                               const std::string& file, const std::string& data, Check check) {
  if (!data.empty()) {
    auto pem = base64_decode(data);
    if (!pem) return config_error(who + ": " + field + "-data is not base64");
    if (const auto problem = check(*pem))
      return config_error(who + ": " + field + "-data " + *problem);
    return *std::move(pem);
  }
  auto pem = read_file(file);
  if (!pem) return config_error(pem.error().message + " (" + field + " of " + who + ")");
  if (const auto problem = check(*pem)) {
    return config_error(file + ": " + *problem + " (" + field + " of " + who + ")");
  }
  return pem;
}

std::optional<std::string> both_given(const std::string& who, const std::string& field,
                                      const std::string& file, const std::string& data) {
  if (file.empty() || data.empty()) return std::nullopt;
  return who + ": both " + field + " and " + field + "-data are given; " + field + "-data counts";
}

Expected<std::string> resolve_proxy(const Choice& choice, const Url& server,
                                    const Environment& environment) {
  const bool configured = !choice.cluster.proxy_url.empty();
  const std::string text =
      configured ? choice.cluster.proxy_url : proxy_from_environment(server, environment);
  if (text.empty()) return text;
  const std::string where =
      configured ? choice.cluster_name + ": proxy-url"
                 : std::string(server.scheme == "https" ? "$HTTPS_PROXY" : "$HTTP_PROXY");
  const auto url = parse_url(text);
  // The URL itself is not shown: it may hold a password.
  if (!url) return config_error(where + " " + url.error().message);
  for (const char* scheme : {"http", "https", "socks5", "socks5h"}) {
    if (url->scheme == scheme) return text;
  }
  return config_error(where + " has the scheme " + url->scheme +
                      "; http, https and socks5 are supported");
}

Failure settle_server(const Choice& choice, const Environment& environment,
                      Connection& connection) {
  const std::string& text = choice.cluster.server;
  const std::string where =
      choice.cluster_name == "--server" ? "--server" : choice.cluster_name + ": server";
  if (text.empty())
    return config_error(choice.cluster_name + ": it has no server; add one, or give --server");
  auto url = parse_url(text);
  if (!url) return blame(where, " \"" + text + "\" " + url.error().message);
  if (!url->userinfo.empty()) {
    return blame(where, " has a user in its URL; give credentials as a user of the kubeconfig");
  }
  if (url->scheme != "https" && url->scheme != "http") {
    return blame(where, " \"" + text + "\" has the scheme " + url->scheme +
                            "; only https and http are spoken");
  }
  connection.server = url->text();
  connection.origin = choice.cluster_name;
  auto proxy = resolve_proxy(choice, *url, environment);
  if (!proxy) return proxy.error();
  connection.proxy_url = std::move(*proxy);
  return std::nullopt;
}

Failure settle_tls(const Choice& choice, Connection& connection) {
  const KubeconfigCluster& cluster = choice.cluster;
  const bool has_ca =
      !cluster.certificate_authority.empty() || !cluster.certificate_authority_data.empty();
  if (has_ca && cluster.insecure_skip_tls_verify) {
    return config_error(
        choice.cluster_name +
        ": certificate-authority and insecure-skip-tls-verify contradict each other; remove one");
  }
  connection.tls.insecure = cluster.insecure_skip_tls_verify;
  connection.tls.server_name = cluster.tls_server_name;
  if (!has_ca) return std::nullopt;
  if (auto warning =
          both_given(choice.cluster_name, "certificate-authority", cluster.certificate_authority,
                     cluster.certificate_authority_data)) {
    connection.warnings.push_back(*warning);
  }
  auto pem = read_pem(choice.cluster_name, "certificate-authority", cluster.certificate_authority,
                      cluster.certificate_authority_data, certificate_problem);
  if (!pem) return pem.error();
  connection.tls.ca_pem = std::move(*pem);
  return std::nullopt;
}

// Both have been read and checked once already; here they are looked at together.
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

// The client certificate and key, both or neither. Files stay files, so that a renewed certificate
// is found; what came through a pipe can be read only once and is kept.
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
                          Check check, PemSource& into) -> Failure {
    if (auto warning = both_given(choice.user_name, field, file, data))
      connection.warnings.push_back(*warning);
    const bool again = data.empty() && is_regular_file(file);
    auto pem = read_pem(choice.user_name, field, file, data, check);
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

void trim(std::string& text) {
  const auto from = text.find_first_not_of(" \t\r\n");
  if (from == std::string::npos) {
    text.clear();
    return;
  }
  text = text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1);
}

Failure settle_token(const Choice& choice, Connection& connection) {
  CredentialSource& source = connection.credentials;
  source.token = choice.user.token;
  if (!choice.user.token_file.empty()) {
    const std::string& file = choice.user.token_file;
    const bool again = is_regular_file(file);
    auto text = read_file(file);
    if (!text)
      return config_error(text.error().message + " (tokenFile of " + choice.user_name + ")");
    trim(*text);
    if (text->empty())
      return config_error(file + ": is empty (tokenFile of " + choice.user_name + ")");
    source.token = std::move(*text);
    if (again) source.token_file = file;
  }
  if (has_control_character(source.token)) {
    return blame(choice.user_name, ": its token has a character that no token has (a line break?)");
  }
  return std::nullopt;
}

// What KUBERNETES_EXEC_INFO says of the cluster (client.authentication.k8s.io, type Cluster).
std::string exec_cluster_json(const Choice& choice, const Connection& connection) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
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
    return config_error(plugin + "apiVersion " + exec.api_version + " is not known; " + kVersions);
  }
  const std::string& mode = exec.interactive_mode;
  if (mode == "Always") {
    return config_error(
        plugin +
        "interactiveMode is Always, but elector runs unattended and gives no plugin its "
        "terminal; use another credential");
  }
  if (mode.empty() ? v1 : mode != "Never" && mode != "IfAvailable") {
    return config_error(plugin + "interactiveMode must be Never or IfAvailable");
  }
  for (const auto& [name, value] : exec.env) {
    const bool bad = name.empty() || name.find('=') != std::string::npos ||
                     (name + value).find('\0') != std::string::npos;
    if (bad) return config_error(plugin + "env has an entry without a name that could be one");
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
    return std::nullopt;  // as client-go: a plugin is not run for a request that has its
                          // credentials
  ExecPlugin plugin;
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

Failure settle_impersonation(const Choice& choice, Connection& connection) {
  const KubeconfigUser& user = choice.user;
  Impersonation wanted{user.as, user.as_uid, user.as_groups, user.as_user_extra};
  const bool more = !wanted.uid.empty() || !wanted.groups.empty() || !wanted.extra.empty();
  if (more && wanted.user.empty()) {
    return config_error(
        choice.user_name +
        ": as-uid, as-groups and as-user-extra need a user to impersonate; add \"as\"");
  }
  for (const std::string& header : impersonation_headers(wanted)) {
    if (!has_control_character(header)) continue;
    return config_error("--as, --as-group: a name to impersonate has a control character in it");
  }
  connection.impersonation = std::move(wanted);
  return std::nullopt;
}

// kubectl reads credentials only for a server that it will reach under TLS.
void drop_credentials_without_tls(Connection& connection) {
  if (connection.server.starts_with("https://")) return;
  const CredentialSource& given = connection.credentials;
  if (!given.token.empty() || !given.username.empty() || given.client_certificate.given() ||
      given.exec) {
    connection.warnings.push_back(connection.server +
                                  ": is not https, so no credentials are sent to it (" +
                                  given.origin + ")");
  }
  connection.credentials = CredentialSource();
}

// RFC 9110's token characters but the percent sign itself.
bool is_header_character(char c) {
  const auto u = static_cast<unsigned char>(c);
  return u < 0x80 && (std::isalnum(u) != 0 ||
                      std::string_view("!#$&'*+-.^_`|~").find(c) != std::string_view::npos);
}

std::string escape_header_key(const std::string& key) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string escaped;
  for (const char c : key) {
    if (is_header_character(c)) {
      escaped.push_back(c);
    } else {
      const auto u = static_cast<unsigned char>(c);
      escaped += {'%', kHex[u >> 4], kHex[u & 15U]};
    }
  }
  return escaped;
}

}  // namespace

std::vector<std::string> impersonation_headers(const Impersonation& impersonation) {
  std::vector<std::string> headers;
  if (impersonation.user.empty()) return headers;
  headers.push_back("Impersonate-User: " + impersonation.user);
  if (!impersonation.uid.empty()) headers.push_back("Impersonate-Uid: " + impersonation.uid);
  for (const std::string& group : impersonation.groups)
    headers.push_back("Impersonate-Group: " + group);
  for (const auto& [key, values] : impersonation.extra) {
    for (const std::string& value : values) {
      headers.push_back("Impersonate-Extra-" + escape_header_key(key) + ": " + value);
    }
  }
  return headers;
}

Expected<Connection> resolve(const Overrides& overrides, const Environment& environment) {
  const auto choice = choose(overrides, environment);
  if (!choice) return choice.error();
  if (!is_dns_label(choice->namespace_)) {
    return blame(choice->namespace_name,
                 " \"" + choice->namespace_ +
                     "\" is no namespace's name: lower case letters, digits and "
                     "\"-\", at most 63");
  }
  Connection connection;
  connection.warnings = choice->warnings;
  connection.context = choice->context;
  connection.namespace_ = choice->namespace_;
  connection.request_timeout = overrides.request_timeout;
  if (auto failure = settle_server(*choice, environment, connection)) return *failure;
  for (const auto& settle : {settle_tls, settle_user, settle_impersonation}) {
    if (auto failure = settle(*choice, connection)) return *failure;
  }
  drop_credentials_without_tls(connection);
  return connection;
}

}  // namespace elector::kube
