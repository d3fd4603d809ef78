// SPDX-License-Identifier: Apache-2.0
// What every command that talks to the API needs: the event loop, the resolved connection,
// credentials and the HTTP client, created in the right order and with the same lifetime.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/error.h"
#include "kube/auth/credentials.h"
#include "kube/base/poller.h"
#include "kube/config/connection.h"
#include "kube/http/client.h"
#include "kube/lock/lock_kind.h"

namespace elector::kube {

class Session {
 public:
  // Receives lines about the connection, for as long as the session lives.
  struct Lines {
    std::function<void(const std::string& text)> warn;
    std::function<void(const std::string& text)> debug;
    Client::Tracer trace;
  };

  // Resolves kubeconfig, flags and the pod's service account. Opens no connection yet. `chosen` are
  // the lock kinds that the command line asks for: elector looks at the others on its own
  // initiative, so the API server's warnings about those (such as "v1 Endpoints is deprecated") are
  // only logged for debugging. Fails as resolve() does, or with kSystem.
  static Expected<std::unique_ptr<Session>> open(const Overrides& overrides,
                                                 std::vector<LockKind> chosen, Lines lines);

  Poller& poller() { return *poller_; }
  Client& client() { return *client_; }
  const Connection& connection() const { return client_->connection(); }

 private:
  Session() = default;

  std::unique_ptr<Poller> poller_;
  std::unique_ptr<Credentials> credentials_;
  std::unique_ptr<Client> client_;
};

}  // namespace elector::kube
