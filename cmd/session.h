// What every command that talks to the API needs: the event loop, the resolved connection,
// credentials and the HTTP client, made in the right order and living equally long.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/log.h"
#include "core/election.h"
#include "kube/client.h"
#include "kube/connection.h"
#include "kube/credentials.h"
#include "kube/error.h"
#include "kube/lock_kind.h"
#include "kube/poller.h"

namespace elector::cmd {

class Session {
 public:
  // Resolves kubeconfig, flags and the pod's service account. Opens no connection yet. Warnings go
  // to the log, which must outlive the session. `chosen` are the lock kinds that the command line
  // asks for: elector looks at the others on its own account, so the API server's warnings about
  // those (such as "v1 Endpoints is deprecated") are logged for debugging only. Fails as
  // kube::resolve() does, or with kSystem.
  static kube::Expected<std::unique_ptr<Session>> open(const kube::Overrides& overrides,
                                                       std::vector<kube::LockKind> chosen,
                                                       const Log& log);

  kube::Poller& poller() { return *poller_; }
  kube::Client& client() { return *client_; }
  const kube::Connection& connection() const { return client_->connection(); }

 private:
  Session() = default;

  std::unique_ptr<kube::Poller> poller_;
  std::unique_ptr<kube::Credentials> credentials_;
  std::unique_ptr<kube::Client> client_;
};

// Why a term ended, for the log.
std::string describe_loss(const core::Report& lost);

// Says that somebody asked for it, if a kStopWork report says so.
void log_resign(const Log& log, const core::Report& stop);

}  // namespace elector::cmd
