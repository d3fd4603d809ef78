// SPDX-License-Identifier: Apache-2.0
// From flags, kubeconfig files, the environment and the pod's service account to one connection.
#pragma once

#include "core/error.h"
#include "kube/config/connection.h"
#include "kube/config/environment.h"

namespace elector::kube {

// Resolves everything, and checks what can be checked without a connection: certificates and keys
// are readable PEM, the server is a URL, names exist. Reads files, so it may block; call it at
// program start. Fails with kUsage if flags alone are at fault, otherwise with kConfig; the message
// names the flag or file. Without any kubeconfig, the pod's service account is used; without
// either, the error says what was looked for (there is no fallback to localhost:8080).
Expected<Connection> resolve(const Overrides& overrides, const Environment& environment);

}  // namespace elector::kube
