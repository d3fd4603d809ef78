// SPDX-License-Identifier: Apache-2.0
// The HTTP front of the test API server: libmicrohttpd on one thread and one epoll loop. It turns
// bytes into Requests and Replies into bytes, streams watches, and carries out the faults that
// happen on the wire.
#pragma once

#include <csignal>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/apiserver/server.h"
#include "tests/apiserver/timers.h"

struct MHD_Connection;
struct MHD_Daemon;

namespace elector::tests::apiserver {

class Exchange;

struct HttpOptions {
  int port = 0;  // 0: the kernel chooses
  // Also serves the same API by plain HTTP, at a port that the kernel chooses: for tests, whose
  // clients under test send credentials over TLS only.
  bool side_door = false;
  // PEM texts; an empty certificate means plain HTTP. Clients may present certificates of that
  // authority.
  std::string certificate;
  std::string key;
  std::string client_authority;
};

class HttpFront {
 public:
  HttpFront(Server& server, HttpOptions options);
  ~HttpFront();
  HttpFront(const HttpFront&) = delete;
  HttpFront& operator=(const HttpFront&) = delete;

  // Listens on 127.0.0.1. Returns "" or what failed.
  std::string start();
  int port() const { return port_; }
  // The side door's; 0 without one.
  int plain_port() const { return plain_port_; }
  // Serves until one of the signals, which the caller has blocked, arrives.
  void run(const sigset_t& until);
  // Serves what is there, waiting for at most that long; for tests that bring their own loop.
  void step(std::chrono::milliseconds longest);

 private:
  friend class Exchange;
  std::string open(bool tls, int* port);
  void watch_for_hangup(int socket, Exchange* exchange);
  void forget(int socket);
  int wait_ms(std::chrono::milliseconds longest);

  Server& server_;
  HttpOptions options_;
  Timers timers_;
  std::vector<MHD_Daemon*> daemons_;  // one for each port
  int epoll_ = -1;
  int port_ = 0;
  int plain_port_ = 0;
  bool stopped_ = false;
  Clock::time_point next_tick_ = Clock::time_point::min();
  std::unordered_map<int, Exchange*> waiting_;  // suspended connections by socket
};

}  // namespace elector::tests::apiserver
