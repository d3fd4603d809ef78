// SPDX-License-Identifier: Apache-2.0
// Every kind of peer that sends without end, at each layer between the program and the API server.
#pragma once

#include <string>
#include <vector>

#include "tests/support/raw_server.h"

namespace elector::tests {

struct EndlessPeer {
  // What it replaces: an HTTP proxy, an API server on http://, or one on https://.
  enum class Place { kProxy, kServer, kTlsServer };

  std::string what;  // it sends
  Place place;
  RawServer::Script script;
};

std::vector<EndlessPeer> endless_peers();

// The fields of a kubeconfig's cluster that lead to the peer on that port of loopback.
std::string cluster_fields(EndlessPeer::Place place, int port);

}  // namespace elector::tests
