// The sockets that the sidecar's HTTP server listens on.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "cmd/option_http.h"
#include "kube/error.h"

namespace elector::cmd {

class HttpListeners {
 public:
  HttpListeners() = default;
  // Closes them, and removes the socket from the file system.
  ~HttpListeners();
  HttpListeners(const HttpListeners&) = delete;
  HttpListeners& operator=(const HttpListeners&) = delete;

  // Listens on every address of the host (all, of both families, if it is "") at its port (0 for
  // any, the same for all addresses); or on a socket in the file system, with mode 0660. One
  // address that can be had suffices, but one that is in use is an error. Fails with kConfig and a
  // sentence that names the address. Call it once.
  kube::Failure open(const HttpAddress& address);

  const std::vector<int>& descriptors() const { return descriptors_; }
  // Whether only this machine can reach that descriptor's address; false for a Unix socket.
  bool is_loopback(int descriptor) const { return loopback_.contains(descriptor); }
  // As HOST:PORT or unix:/PATH, one for each.
  const std::vector<std::string>& addresses() const { return addresses_; }

 private:
  kube::Failure open_port(const HttpAddress& address);
  kube::Failure open_path(const HttpAddress& address);

  std::vector<int> descriptors_;
  std::set<int> loopback_;
  std::vector<std::string> addresses_;
  std::string unix_path_;  // to remove at the end
};

}  // namespace elector::cmd
