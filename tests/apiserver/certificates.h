// SPDX-License-Identifier: Apache-2.0
// The files that a test API server leaves in its directory for its clients: a certificate
// authority, server and client certificates, and a kubeconfig.
#pragma once

#include <string>

namespace elector::tests::apiserver {

// ca.crt and ca.key, server.crt and server.key (for 127.0.0.1, ::1 and localhost), client.crt and
// client.key (user cert-admin of group system:masters), made by the openssl command in dir, which
// must exist. What is there already is kept, so that a restarted server is the same to its clients.
// Returns "" or what failed.
std::string make_certificates(const std::string& dir);

// Writes dir/kubeconfig for the server at url: contexts admin, member, polling and nobody (tokens),
// and with TLS also `cert` (the client certificate). Returns "" or what failed.
std::string write_kubeconfig(const std::string& dir, const std::string& url, bool tls);

// The whole file; "" if it cannot be read.
std::string read_file(const std::string& path);

}  // namespace elector::tests::apiserver
