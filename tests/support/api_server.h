// SPDX-License-Identifier: Apache-2.0
// The project's own test API server (tests/apiserver) as a process: started, stopped, restarted on
// the same port, frozen, and made to misbehave. tests/apiserver/control.h and faults.h describe the
// orders.
#pragma once

#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/api.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace elector::tests {

class ApiServer {
 public:
  // Starts it, from $ELECTOR_APISERVER: over TLS for the program under test, over plain HTTP on a
  // side door for the test. Throws std::runtime_error if it does not come up.
  ApiServer();

  // Has the contexts admin (the current one), member, polling and nobody with their tokens, and
  // cert with a client certificate.
  std::string kubeconfig() const { return dir_.path("kubeconfig"); }
  const Api& api() const { return api_; }
  // The port of the TLS side, on 127.0.0.1; it never changes.
  int port() const { return port_; }
  // The port of the plain side door, which may change with another start.
  int side_port() const { return side_port_; }
  pid_t pid() const { return process_->pid(); }
  // Returns a file of its directory: ca.crt is the authority of its certificate.
  std::string file(const std::string& name) const { return dir_.read(name); }

  std::string directory() const { return dir_.path(); }
  void stop(int signal = SIGKILL);
  // Starts it on the same port, with the objects that it had. Watches cannot continue from their
  // old versions.
  void start();
  // restore() is a restart with the objects, and the version, as they were at back_up().
  void back_up() const;
  void restore();
  void freeze() { process_->signal(SIGSTOP); }
  void thaw() { process_->signal(SIGCONT); }

  // Adds rules of misbehaviour: the members of one JSON object, without the braces.
  void fault(const std::string& rule) const;
  void clear_faults() const;
  void compact() const;
  // end, stall, resume, replay or gone, for every open watch of the resource ("" for all).
  void watches(const std::string& action, const std::string& resource = "") const;
  // Adds, replaces or revokes tokens; a JSON array.
  void tokens(const std::string& orders) const;
  // Returns how many requests of a resource and a verb (GET, LIST, WATCH, POST, PUT…) have been
  // answered so far; "" for any.
  long requests(const std::string& resource, const std::string& verb) const;
  // Returns every write of the object, oldest first: {"version":…,"boottime":…,"object":{…}}.
  std::vector<Json> writes(const ObjectName& name) const;

 private:
  void order(const std::string& method, const std::string& path, const std::string& body) const;

  TempDir dir_;
  int port_ = 0;
  int side_port_ = 0;
  std::unique_ptr<Process> process_;
  Api api_{Address{}};
};

}  // namespace elector::tests
