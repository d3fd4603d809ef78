// The sidecar's HTTP server: libmicrohttpd inside the program's one loop. It knows nothing of
// elections; it maps paths to functions that give an answer at once, and to streams of server-sent
// events (WHATWG HTML, "Server-sent events").
//
// Any client may be slow, silent or hostile, and none may hold up the loop that renews the lease:
// there are at most 256 connections, a request and its answer have 10 s together and 8 KiB of
// header, and one turn of the loop does at most one step for each connection. Nor may any keep a
// probe without its answer, or use up the memory: http/crowd.h chooses which connection gives way.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cmd/http/address.h"
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

struct HttpReply {
  int status = 200;
  std::string content_type;
  std::string body;
};

// The event that a stream shows at one moment. A client that has seen `id` has seen `data`.
struct HttpEvent {
  std::string id;
  std::string data;  // one line
};

class HttpServer {
 public:
  // Both are called in the loop and must not block. A page answers GET, HEAD and OPTIONS; for the
  // latter two without its body.
  using Page = std::function<HttpReply()>;
  using Source = std::function<HttpEvent()>;
  struct Routes {
    std::map<std::string, Page, std::less<>> pages;
    std::map<std::string, Source, std::less<>> streams;
    // If set, answers every other path and every other method, instead of 404 and 405.
    std::function<HttpReply(std::string_view path)> otherwise{};
    // Whether a listener on a loopback address refuses requests for other machines (421).
    bool checks_host = true;
  };

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
  friend class EventStream;
  struct Hooks;  // libmicrohttpd's callbacks

  // A text that several connections are sent. It lives until the last of them has read it.
  using Text = std::shared_ptr<const std::string>;
  struct SharedReply {
    int status = 200;
    std::string content_type;
    Text body;
  };
  struct SharedEvent {
    std::string id;
    Text text;
  };

  // One connection.
  struct Client {
    int fd = -1;
    std::string peer{};
    bool local = false;      // arrived at a loopback address
    core::BootTime since{};  // when it was opened, or its last request ended
    HttpActivity activity = HttpActivity::kSilent;
    Text body{};                    // of its answer
    EventStream* stream = nullptr;  // handles its own time limits
    bool leaving = false;           // has given way; libmicrohttpd has not noticed yet
    std::list<Client>::iterator self{};
  };
  struct Crowd;

  HttpServer(kube::Poller& poller, Routes routes) : poller_(poller), routes_(std::move(routes)) {}
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
  // For all requests but one that begins a stream.
  SharedReply reply_to(const std::string& path, const std::string& method);
  SharedReply page(const std::string& path, const Page& page);
  SharedEvent event(const Source& source);
  Text share(const std::string& name, std::string text);
  bool send(MHD_Connection* connection, Client& client, const std::string& method,
            SharedReply reply);
  bool begin_stream(MHD_Connection* connection, Client& client, const Source& source);

  void connected(MHD_Connection* connection, Client** slot);
  void request_completed(Client& client);
  void disconnected(Client& client);

  kube::Poller& poller_;
  const Routes routes_;
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
  std::map<std::string, std::weak_ptr<const std::string>, std::less<>> texts_;
  // What this turn of the loop has already shown.
  std::map<std::string, SharedReply, std::less<>> replies_;
  std::map<const Source*, SharedEvent> events_;
};

}  // namespace elector::cmd
