// The project's own test API server (tests/apiserver) as a process: started, stopped, restarted on
// the same port, frozen, and told to misbehave. What the orders mean is in
// tests/apiserver/control.h and faults.h.
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
  // Starts it, from $ELECTOR_APISERVER: over TLS for the program under test, by a side door of
  // plain HTTP for the test. Throws std::runtime_error if it does not come up.
  ApiServer();

  // With the contexts admin (the current one), member, polling and nobody by their
  // tokens, and cert by a client certificate.
  std::string kubeconfig() const { return dir_.path("kubeconfig"); }
  const Api& api() const { return api_; }
  // Of the TLS side, on 127.0.0.1; it stays the same for life.
  int port() const { return port_; }
  // Of the plain side door, which another start may change.
  int side_port() const { return side_port_; }
  pid_t pid() const { return process_->pid(); }
  // A file of its directory: ca.crt is what its certificate is signed by.
  std::string file(const std::string& name) const { return dir_.read(name); }

  std::string directory() const { return dir_.path(); }
  void stop(int signal = SIGKILL);
  // On the same port, with the objects that it had. Watches cannot go on from their old versions.
  void start();
  // restore() is a restart with the objects, and the version, as they were at backup().
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
  // How many requests were answered so far, of a resource and a verb (GET, LIST, WATCH, POST,
  // PUT…);
  // "" for any.
  long requests(const std::string& resource, const std::string& verb) const;
  // Every write of the object, oldest first: {"version":…,"boottime":…,"object":{…}}.
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
