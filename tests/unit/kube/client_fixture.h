// SPDX-License-Identifier: Apache-2.0
// A client with its own poller, for tests: runs the loop until a condition holds.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "kube/http/client.h"
#include "tests/support/raw_server.h"

namespace elector::tests {

// How long anything may take that should happen soon; generous, for busy machines.
inline constexpr std::chrono::seconds kSoon{30};

// Runs the loop until the condition holds; false if it does not within the limit.
bool run_until(kube::Poller& poller, const std::function<bool()>& condition,
               std::chrono::milliseconds limit = kSoon);

// Answers every request of a connection with 200 and "{}".
void serve_all(RawServer::Peer& peer);

class ClientFixture {
 public:
  explicit ClientFixture(const std::string& server);
  // `change` may alter the connection before the client is made.
  ClientFixture(const std::string& server, const std::function<void(kube::Connection&)>& change,
                const kube::Credentials::Reload& reload = {});

  kube::Poller& poller() { return *poller_; }
  kube::Client& client() { return *client_; }

  bool run_until(const std::function<bool()>& condition, std::chrono::milliseconds limit = kSoon) {
    return tests::run_until(*poller_, condition, limit);
  }
  // Runs the loop for that long, for what must not come about.
  void run_for(std::chrono::milliseconds span);
  // Sends the request and runs the loop until the answer is there.
  kube::HttpResponse fetch(kube::HttpRequest request);
  kube::HttpResponse get(const std::string& path, core::Duration timeout = kSoon);
  kube::HttpResponse put(const std::string& path, const std::string& body,
                         core::Duration timeout = kSoon);

 private:
  std::unique_ptr<kube::Poller> poller_;
  std::unique_ptr<kube::Credentials> credentials_;
  std::unique_ptr<kube::Client> client_;
};

}  // namespace elector::tests
