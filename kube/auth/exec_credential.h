// SPDX-License-Identifier: Apache-2.0
// The protocol between elector and an exec credential plugin: ExecCredential objects of
// client.authentication.k8s.io/v1 or v1beta1, one in an environment variable, one on the plugin's
// standard output (kubernetes.io: "client-go credential plugins").
#pragma once

#include <optional>
#include <string>

#include "core/error.h"
#include "core/time.h"
#include "kube/config/connection.h"

namespace elector::kube {

// A plugin's status: a token, or a certificate with its key, or both.
struct ExecCredential {
  std::string token;
  std::string client_certificate;         // PEM
  std::string client_key;                 // PEM
  std::optional<core::WallTime> expires;  // if none, valid until the server refuses it
};

// Returns the value of KUBERNETES_EXEC_INFO for this plugin.
std::string exec_info(const ExecPlugin& plugin, bool interactive);

// Reads a plugin's standard output. Fails with kCredentials; the message never quotes the output.
Expected<ExecCredential> parse_exec_credential(const std::string& output, const ExecPlugin& plugin);

// Returns the beginning of messages: `FILE: user "x": the credential plugin "y"`.
std::string describe(const ExecPlugin& plugin);

}  // namespace elector::kube
