// What every command that talks to the API needs: the event loop, the resolved connection,
// credentials and the HTTP client, made in the right order and living equally long.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "cmd/log.h"
#include "core/election.h"
#include "kube/client.h"
#include "kube/connection.h"
#include "kube/credentials.h"
#include "kube/error.h"
#include "kube/poller.h"

namespace elector::cmd {

class Session {
 public:
  // Resolves kubeconfig, flags and the pod's service account. Opens no connection yet. Warnings go
  // to the log, which must outlive the session; failures are what kube::resolve() says, or kSystem.
  static kube::Expected<std::unique_ptr<Session>> open(const kube::Overrides& overrides,
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
