// SPDX-License-Identifier: Apache-2.0
// One test API server without its sockets: store, watches, users, faults and counters, and the way
// of a request through them. The HTTP front (http.h) drives it; unit tests call it directly.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "tests/apiserver/api.h"
#include "tests/apiserver/auth.h"
#include "tests/apiserver/faults.h"
#include "tests/apiserver/journal.h"
#include "tests/apiserver/message.h"
#include "tests/apiserver/store.h"
#include "tests/apiserver/watch.h"

namespace elector::tests::apiserver {

struct ServerOptions {
  std::size_t history = 10'000;  // events kept for watches to start from
  std::chrono::seconds bookmark_interval{5};
  std::string state_file;  // "" for none
};

// A request whose sender, subject and fate are known, and that has not been served yet.
struct Call {
  Request request;
  Target target;
  std::string user;
  std::string name;             // of the object, also when only the body or a selector gives it
  std::optional<Fault> fault;   // what is to go wrong
  std::optional<Reply> answer;  // settled already: 401, 403, control
};

class Server {
 public:
  explicit Server(const ServerOptions& options);

  // Takes up the state file. Returns "" or what is wrong with it. Creates the namespaces that every
  // cluster has.
  std::string start();
  // HOST:PORT, for discovery.
  void set_address(const std::string& address) { address_ = address; }

  // Determines the client and what it asks for, whether it may, and whether a fault strikes.
  Call begin(Request request);
  // Serves it (without regard to the fault, except for stale) and counts it.
  Reply finish(const Call& call);
  // The reply of a fault that answers with a Status; counts it.
  Reply fault_reply(const Call& call);
  // begin and finish in one, for tests.
  Reply handle(Request request);

  // Ends watches whose time is over and sends bookmarks; returns the time of the next call.
  Clock::time_point tick(Clock::time_point now) { return hub_.tick(now); }
  // Ends all watches.
  void end_watches() { hub_.act("end", "", ""); }

 private:
  friend class Control;
  Reply serve(const Call& call);
  void count(const Call& call, unsigned code);

  ServerOptions options_;
  Journal journal_;
  Store store_;
  WatchHub hub_;
  Api api_;
  Auth auth_;
  Faults faults_;
  std::string address_ = "127.0.0.1:0";
  std::map<std::tuple<std::string, std::string, unsigned>, std::uint64_t> counters_;
};

}  // namespace elector::tests::apiserver
