// SPDX-License-Identifier: Apache-2.0
// The sidecar's HTTP server: libmicrohttpd inside the program's one loop. It knows nothing of
// elections; it gives the answers of http/answers.h, and streams of server-sent events (WHATWG
// HTML, "Server-sent events").
//
// Any client may be slow, silent or hostile, and none may hold up the loop that renews the lease:
// there are at most 256 connections, a request and its answer have 10 s together and 8 KiB of
// header, and one turn of the loop does at most one step for each connection. Nor may any keep a
// probe without its answer, or use up the memory: http/crowd.h chooses which connection gives way.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cmd/http/address.h"
#include "cmd/http/answers.h"
#include "cmd/http/crowd.h"
#include "cmd/http/host.h"
#include "cmd/http/listener.h"
#include "core/error.h"
#include "core/time.h"
#include "kube/base/poller.h"

struct MHD_Daemon;
struct MHD_Connection;
struct MHD_Response;

namespace elector::cmd {

class EventStream;

class HttpServer {
 public:
  using Routes = HttpRoutes;

  // Listens as HttpListeners::open(). Fails as it does, or with kSystem. The poller must outlive
  // this.
  static Expected<std::unique_ptr<HttpServer>> create(kube::Poller& poller,
                                                      const HttpAddress& address, Routes routes);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // The addresses it listens on, as HOST:PORT or unix:/PATH.
  const std::vector<std::string>& addresses() const { return listeners_.addresses(); }

  // Call when what the streams show may have changed: sends it soon to clients that have not seen
  // it.
  void publish();

 private:
  struct Hooks;  // libmicrohttpd's callbacks

  // One connection.
  struct Client {
    int fd = -1;
    std::string peer{};
    bool local = false;      // arrived at a loopback address
    core::BootTime since{};  // when it was opened, or its last request ended
    HttpActivity activity = HttpActivity::kSilent;
    SharedText body{};              // of its answer
    EventStream* stream = nullptr;  // handles its own time limits
    bool leaving = false;           // has given way; libmicrohttpd has not noticed yet
    std::list<Client>::iterator self{};
  };
  struct Crowd;

  HttpServer(kube::Poller& poller, Routes routes) : poller_(poller), answers_(std::move(routes)) {}
  Failure start();
  void accept(int listener);
  void pause();
  bool make_room();
  Crowd crowd();
  bool make_room_for_stream(const Client& client);
  void make_room_for_body(const Client& client);
  static void dismiss(Client& client);
  void run();
  void run_soon(core::Duration delay);
  void sweep();
  void arm_sweep();
  // Both: false closes the connection.
  bool answer(MHD_Connection* connection, const HttpTarget& asked, const std::string& method);
  bool send(MHD_Connection* connection, Client& client, const std::string& method,
            SharedReply reply);
  bool begin_stream(MHD_Connection* connection, Client& client, const HttpRoutes::Source& source);

  void connected(MHD_Connection* connection, Client** slot);
  void request_completed(Client& client);
  void disconnected(Client& client);
  void stream_ended(EventStream& stream);

  kube::Poller& poller_;
  HttpAnswers answers_;
  std::string own_host_;
  HttpListeners listeners_;
  MHD_Daemon* daemon_ = nullptr;
  int daemon_fd_ = -1;
  kube::Poller::TimerId run_timer_ = 0;
  kube::Poller::TimerId sweep_timer_ = 0;
  kube::Poller::TimerId listen_timer_ = 0;
  std::size_t most_clients_ = 0;
  Client arriving_;            // the connection being handed to libmicrohttpd
  std::list<Client> clients_;  // in the order of `since`
  std::list<EventStream*> streams_;
};

}  // namespace elector::cmd
