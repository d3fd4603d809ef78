// SPDX-License-Identifier: Apache-2.0
// The second half of resolving a connection: checks and reads what was chosen, and puts it into the
// form that the transport uses.
#include "kube/config/resolve.h"

#include <string_view>

#include "kube/base/text.h"
#include "kube/config/authorities.h"
#include "kube/config/pem.h"
#include "kube/config/pem_field.h"
#include "kube/config/selection.h"
#include "kube/config/url.h"
#include "kube/config/user_credentials.h"

namespace elector::kube {

namespace {

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
  // The URL itself is not shown, because it may hold a password.
  if (!url) return config_error(where + " " + url.error().message);
  for (const char* scheme : {"http", "https", "socks5", "socks5h"}) {
    if (url->scheme == scheme) return text;
  }
  return config_error(where + " has the scheme " + url->scheme +
                      "; http, https and socks5 are supported");
}

// As in client-go's DefaultServerURL, a server without a scheme is a host, perhaps with a port.
// kubectl uses http for it, whatever else the entry says; if the entry has TLS settings, that would
// send in clear text what was meant to be secret, so https is used here.
std::string with_scheme(const Choice& choice) {
  const KubeconfigCluster& cluster = choice.cluster;
  if (cluster.server.empty() || cluster.server.find("://") != std::string::npos) {
    return cluster.server;
  }
  const KubeconfigUser& user = choice.user;
  const bool tls = !cluster.certificate_authority.empty() ||
                   !cluster.certificate_authority_data.empty() ||
                   !cluster.tls_server_name.empty() || cluster.insecure_skip_tls_verify ||
                   !user.client_certificate.empty() || !user.client_certificate_data.empty();
  return (tls ? "https://" : "http://") + cluster.server;
}

Failure settle_server(const Choice& choice, const Environment& environment,
                      Connection& connection) {
  const std::string text = with_scheme(choice);
  const bool schemeless = text != choice.cluster.server;
  const std::string where =
      choice.cluster_name == "--server" ? "--server" : choice.cluster_name + ": server";
  if (text.empty())
    return config_error(choice.cluster_name + ": it has no server; add one, or give --server");
  auto url = parse_url(text);
  const std::string shown = " \"" + without_password(text) + "\" ";
  if (!url) return blame(where, shown + url.error().message);
  if (!url->userinfo.empty()) {
    return blame(where, " has a user in its URL; give credentials as a user of the kubeconfig");
  }
  if (schemeless && !url->path.empty()) {
    return blame(where, " \"" + without_password(choice.cluster.server) +
                            "\" is neither a URL nor HOST:PORT; write https:// before it");
  }
  if (url->scheme != "https" && url->scheme != "http") {
    return blame(where, shown + "has the scheme " + url->scheme + "; use https or http");
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
  connection.tls.ca_config = cluster.file;
  // libcurl takes the name from the URL, where any of these characters would change its meaning.
  if (cluster.tls_server_name.find_first_of("/@?#%[]\\ ") != std::string::npos ||
      has_control_character(cluster.tls_server_name)) {
    return blame(choice.cluster_name,
                 ": tls-server-name \"" + cluster.tls_server_name + "\" is not a host name");
  }
  if (!has_ca) return std::nullopt;
  if (auto warning =
          both_given(choice.cluster_name, "certificate-authority", cluster.certificate_authority,
                     cluster.certificate_authority_data)) {
    connection.warnings.push_back(*warning);
  }
  auto pem = read_pem({.who = choice.cluster_name,
                       .field = "certificate-authority",
                       .file = cluster.certificate_authority,
                       .data = cluster.certificate_authority_data,
                       .regular_file_only = choice.regular_files_only},
                      certificate_problem);
  if (!pem) return pem.error();
  connection.tls.ca_pem = std::move(*pem);
  return std::nullopt;
}

// Reads what this machine trusts, only if something is checked against it: reading a folder of
// authorities takes a tenth of a second of computing, more than the rest of a command.
Failure settle_authorities(const Environment& environment, Connection& connection) {
  TlsSettings& tls = connection.tls;
  const bool server = connection.server.starts_with("https:") && tls.ca_pem.empty();
  if (tls.insecure || (!server && !has_tls_proxy(connection))) return std::nullopt;
  const AuthorityPlaces places = usual_places();
  Authorities found = system_authorities(environment, places);
  tls.system_file = std::move(found.file);
  tls.system_pem = std::move(found.pem);
  if (!tls.ca_pem.empty() || !tls.system_file.empty() || !tls.system_pem.empty()) {
    return std::nullopt;
  }
  return config_error(no_authorities(places));
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
    return blame(choice.user_name.empty() ? "--as" : choice.user_name,
                 ": a name to impersonate has a control character in it");
  }
  connection.impersonation = std::move(wanted);
  return std::nullopt;
}

// As kubectl, uses credentials only for a server that is reached over TLS.
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

// As resolve(), but its messages may contain control characters in the names that they show.
Expected<Connection> settle(const Overrides& overrides, const Environment& environment) {
  const auto choice = choose(overrides, environment);
  if (!choice) return choice.error();
  // It becomes part of every request path.
  if (choice->namespace_.size() > 63 || !is_dns_label(choice->namespace_)) {
    return blame(choice->namespace_name,
                 " \"" + choice->namespace_ +
                     "\" is not a valid namespace: lower case letters, digits and "
                     "\"-\", at most 63");
  }
  Connection connection;
  connection.warnings = choice->warnings;
  connection.notes = choice->notes;
  connection.context = choice->context;
  connection.namespace_ = choice->namespace_;
  connection.request_timeout = overrides.request_timeout;
  if (auto failure = settle_server(*choice, environment, connection)) return *failure;
  for (const auto& step : {settle_tls, settle_user, settle_impersonation}) {
    if (auto failure = step(*choice, connection)) return *failure;
  }
  if (auto failure = settle_authorities(environment, connection)) return *failure;
  drop_credentials_without_tls(connection);
  return connection;
}

}  // namespace

Expected<Connection> resolve(const Overrides& overrides, const Environment& environment) {
  auto connection = settle(overrides, environment);
  if (!connection) {
    connection.error().message = on_one_line(connection.error().message);
    return connection;
  }
  for (std::string& warning : connection->warnings) warning = on_one_line(warning);
  return connection;
}

}  // namespace elector::kube
