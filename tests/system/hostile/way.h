// SPDX-License-Identifier: Apache-2.0
// A way to an API server that is a proper one until it turns hostile: then the open connections
// end, and an endless peer is in its place.
#pragma once

#include <atomic>
#include <string>

#include "tests/support/api_server.h"
#include "tests/support/raw_server.h"
#include "tests/support/temp_dir.h"
#include "tests/system/hostile/endless_peers.h"

namespace elector::tests {

class Way {
 public:
  // To `api`, which must outlive this; without one it is hostile from the beginning.
  explicit Way(EndlessPeer peer, const ApiServer* api = nullptr);

  // With a token of the test server's.
  std::string kubeconfig() const { return dir_.path("kubeconfig"); }
  void turn_hostile() { hostile_ = true; }

 private:
  void serve(RawServer::Peer& peer) const;
  void pass(RawServer::Peer& peer) const;

  const EndlessPeer peer_;
  const ApiServer* const api_;
  std::atomic<bool> hostile_;
  TempDir dir_;
  RawServer server_;  // the last: its threads use the others
};

}  // namespace elector::tests
