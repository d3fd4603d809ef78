// SPDX-License-Identifier: Apache-2.0
// The sockets that the sidecar's HTTP server listens on.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "cmd/http/address.h"
#include "core/error.h"
#include "kube/base/unique_fd.h"

namespace elector::cmd {

class HttpListeners {
 public:
  HttpListeners() = default;
  // Closes them, and removes the Unix socket's path.
  ~HttpListeners();
  HttpListeners(const HttpListeners&) = delete;
  HttpListeners& operator=(const HttpListeners&) = delete;

  // Listens on every address of the host (if it is "", on all addresses of both families) at its
  // port (0: any, the same for all addresses); or on a Unix socket, with mode 0660. One usable
  // address suffices, but an address in use is an error. Fails with kConfig and a sentence that
  // names the address. Call it once.
  Failure open(const HttpAddress& address);

  const std::vector<kube::UniqueFd>& sockets() const { return sockets_; }
  // Whether only this machine can reach that descriptor's address; false for a Unix socket.
  bool is_loopback(int descriptor) const { return loopback_.contains(descriptor); }
  // One HOST:PORT or unix:/PATH for each.
  const std::vector<std::string>& addresses() const { return addresses_; }

 private:
  Failure open_port(const HttpAddress& address);
  Failure open_path(const HttpAddress& address);

  std::vector<kube::UniqueFd> sockets_;
  std::set<int> loopback_;
  std::vector<std::string> addresses_;
  std::string unix_path_;  // to remove at the end
};

}  // namespace elector::cmd
