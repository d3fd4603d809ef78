// Which API server to talk to, as whom, and in which namespace: kubeconfig files, the command
// line's overrides and the pod's service account, resolved to one value as kubectl does it
// (client-go's clientcmd).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kube/environment.h"
#include "kube/error.h"

namespace elector::kube {

// What the command line says. As in kubectl an empty string is the same as a flag that was not
// given.
struct Overrides {
  std::string kubeconfig;  // --kubeconfig: then this file alone, and it must exist
  std::string context;     // --context
  std::string cluster;     // --cluster
  std::string user;        // --user
  std::string namespace_;  // -n, --namespace
  std::string server;      // -s, --server
  std::string token;       // --token
  std::string username;    // --username and --password, of the command line of 2016
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
  bool use_cluster_credentials = false;  // --use-cluster-credentials: the pod's, no kubeconfig
};

struct TlsSettings {
  std::string ca_pem;     // certificates to trust, checked to be PEM; "": the system's
  std::string ca_config;  // the kubeconfig of the cluster's entry, which may name it; "" for none
  std::string
      server_name;  // name to expect in the certificate and to send as SNI; "": the URL's host
  bool insecure = false;  // do not check the certificate at all; then ca_pem is empty
  // What SSL_CERT_FILE and SSL_CERT_DIR name to trust where ca_pem is empty, and for a proxy: a
  // path, or certificates. Both empty: the system's usual ones.
  std::string system_file;
  std::string system_pem;
};

struct Impersonation {
  std::string user;
  std::string uid;
  std::vector<std::string> groups;
  std::vector<std::pair<std::string, std::vector<std::string>>> extra;
};

// The request headers for it, each "Name: value", empty without a user. Keys of extra are
// percent-encoded as the API wants them (kubernetes.io: authentication, "User impersonation").
std::vector<std::string> impersonation_headers(const Impersonation& impersonation);

// An exec credential plugin (KEP-541; client.authentication.k8s.io/v1 and v1beta1).
struct ExecPlugin {
  std::string origin;   // for messages: `FILE: user "x"`
  std::string command;  // looked up in PATH when it has no slash
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> env;  // added to ours
  std::string api_version;
  std::string install_hint;
  std::string cluster_json;  // spec.cluster of KUBERNETES_EXEC_INFO; "" without provideClusterInfo
  enum class Interactive { kNever, kIfAvailable, kAlways };
  Interactive interactive = Interactive::kNever;  // whether it asks a person, at the terminal
};

// PEM by path or by value; the value wins, as in kubectl.
struct PemSource {
  std::string file;
  std::string data;
  bool given() const { return !file.empty() || !data.empty(); }
};

// Where credentials come from; Credentials turns it into headers and certificates, again and again.
// More than one may be given: a certificate and a token are both used, a plugin only where there is
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
  std::string proxy_url;  // "" for none; *_PROXY and NO_PROXY have been looked at already
  TlsSettings tls;
  std::string namespace_;  // never empty
  // Callers derive the limit of a request from the lease, or from what a person will wait for; this
  // one can only shorten it. Not set or zero: it does not.
  std::optional<std::chrono::milliseconds> request_timeout;
  Impersonation impersonation;
  CredentialSource
      credentials;  // empty when the server is http://: as kubectl, nothing secret in clear text
  std::string context;  // the kubeconfig's context, "" without one; for messages only
  std::string origin;   // where the server came from: a file, "--server", "the pod's environment"
  std::vector<std::string> warnings;  // one line each, for the log; nothing that stops anyone
  std::vector<std::string> notes;     // the same, of less weight
};

// Whether the way to the server leads through a proxy that is spoken to with TLS. Schemes are
// written in any case (RFC 3986 3.1).
bool has_tls_proxy(const Connection& connection);

// Resolves everything, and checks what can be checked without a connection: certificates and keys
// are read and are PEM, the server is a URL, names exist. Reads files, so it may block; it is for
// the start of the program. Fails with kUsage when flags alone are at fault, else with kConfig; the
// message names the flag or file. No kubeconfig at all: the pod's service account; neither: an
// error that says what was looked for (there is no fallback to localhost:8080).
Expected<Connection> resolve(const Overrides& overrides, const Environment& environment);

}  // namespace elector::kube
