// SPDX-License-Identifier: Apache-2.0
// An API server that plays a trick on every client until it is made sane: then, and for requests
// that the trick does not cover, it passes requests on to a real one.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "tests/support/api.h"
#include "tests/support/raw_server.h"
#include "tests/support/temp_dir.h"

namespace elector::tests {

class HostileApi {
 public:
  using Peer = RawServer::Peer;
  // Answers the request as it likes and returns true, which ends the connection; or false.
  using Trick = std::function<bool(Peer& peer, const std::string& request)>;

  // sane: what speaks the API in truth; it must outlive this.
  HostileApi(const Api& sane, Trick trick);

  // Names it as an http:// server, without a user.
  std::string kubeconfig() const { return dir_.path("kubeconfig"); }
  std::string url() const { return server_.url(); }
  void be_sane() { sane_ = true; }
  // How many requests the trick was played on.
  int tricked() const { return tricked_; }

 private:
  void serve(Peer& peer);
  bool pass_on(Peer& peer, const std::string& request) const;

  const Api& api_;
  const Trick trick_;
  std::atomic<bool> sane_{false};
  std::atomic<int> tricked_{0};
  TempDir dir_;
  RawServer server_;  // the last: its threads use the others
};

// Whether the request opens a watch.
bool is_watch(const std::string& request);

}  // namespace elector::tests
