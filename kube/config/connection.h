// SPDX-License-Identifier: Apache-2.0
// Which API server to use, as which user, and in which namespace: kubeconfig files, the command
// line's overrides and the pod's service account, resolved to one value as kubectl does it
// (client-go's clientcmd).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "kube/config/environment.h"

namespace elector::kube {

// The command line's values. As in kubectl, an empty string is the same as a flag that was not
// given.
struct Overrides {
  std::string kubeconfig;  // --kubeconfig: use only this file; it must exist
  std::string context;     // --context
  std::string cluster;     // --cluster
  std::string user;        // --user
  std::string namespace_;  // -n, --namespace
  std::string server;      // -s, --server
  std::string token;       // --token
  std::string username;    // --username and --password, of the 2016 command line
  std::string password;
  std::string certificate_authority;                         // --certificate-authority, a path
  std::string client_certificate;                            // --client-certificate, a path
  std::string client_key;                                    // --client-key, a path
  std::string tls_server_name;                               // --tls-server-name
  bool insecure_skip_tls_verify = false;                     // --insecure-skip-tls-verify
  std::string as;                                            // --as
  std::string as_uid;                                        // --as-uid
  std::vector<std::string> as_groups;                        // --as-group, repeated
  std::optional<std::chrono::milliseconds> request_timeout;  // --request-timeout; 0: none
  bool use_cluster_credentials = false;  // --use-cluster-credentials: the pod's, not a kubeconfig's
};

struct TlsSettings {
  std::string ca_pem;     // certificates to trust, checked to be PEM; "" for the system's
  std::string ca_config;  // the kubeconfig of the cluster's entry, which may name the CA; "" for
                          // none
  std::string
      server_name;  // name to expect in the certificate and to send as SNI; "" for the URL's host
  bool insecure = false;  // do not check the certificate at all; then ca_pem is empty
  // What SSL_CERT_FILE and SSL_CERT_DIR name, trusted if ca_pem is empty and for a proxy: a path,
  // or certificates. Both empty: the system's usual authorities.
  std::string system_file;
  std::string system_pem;
};

struct Impersonation {
  std::string user;
  std::string uid;
  std::vector<std::string> groups;
  std::vector<std::pair<std::string, std::vector<std::string>>> extra;
};

// Returns the request headers for it, each "Name: value"; empty without a user. Keys of extra are
// percent-encoded as the API requires (kubernetes.io: authentication, "User impersonation").
std::vector<std::string> impersonation_headers(const Impersonation& impersonation);

// An exec credential plugin (KEP-541; client.authentication.k8s.io/v1 and v1beta1).
struct ExecPlugin {
  std::string origin;   // for messages: `FILE: user "x"`
  std::string command;  // looked up in PATH if it has no slash
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> env;  // added to the inherited environment
  std::string api_version;
  std::string install_hint;
  std::string cluster_json;  // spec.cluster of KUBERNETES_EXEC_INFO; "" without provideClusterInfo
  enum class Interactive { kNever, kIfAvailable, kAlways };
  Interactive interactive = Interactive::kNever;  // whether it asks a person, at the terminal
};

// PEM by path or by value; the value takes precedence, as in kubectl.
struct PemSource {
  std::string file;
  std::string data;
  bool given() const { return !file.empty() || !data.empty(); }
};

// The sources of credentials, which Credentials repeatedly turns into headers and certificates.
// More than one may be given: a certificate and a token are both used; a plugin only if there is
// neither token nor password.
struct CredentialSource {
  std::string origin;      // for messages: `user "dev" in FILE`, "--token", "the service account"
  std::string token;       // the fallback while token_file has not been read
  std::string token_file;  // read again when it changes
  std::string username;    // basic authentication
  std::string password;
  PemSource client_certificate;
  PemSource client_key;
  std::optional<ExecPlugin> exec;
};

struct Connection {
  std::string server;  // http:// or https://, host, port and path prefix, without a trailing slash
  std::string proxy_url;  // "" for none; *_PROXY and NO_PROXY have already been applied
  TlsSettings tls;
  std::string namespace_;  // never empty
  // Callers derive the limit of a request from the lease, or from how long a person will wait; this
  // one can only shorten it. Unset or zero has no effect.
  std::optional<std::chrono::milliseconds> request_timeout;
  Impersonation impersonation;
  CredentialSource
      credentials;      // empty if the server is http://: as in kubectl, no secrets in clear text
  std::string context;  // the kubeconfig's context, "" for none; for messages only
  std::string origin;   // source of the server: a file, "--server", "the pod's environment"
  std::vector<std::string> warnings;  // one line each, for the log; none is fatal
  std::vector<std::string> notes;     // the same, less important
};

// Whether the server is reached through a proxy that uses TLS. Schemes may be written in any case
// (RFC 3986 3.1).
bool has_tls_proxy(const Connection& connection);

}  // namespace elector::kube
