// The sidecar's HTTP server: libmicrohttpd inside the program's one loop. It knows nothing of
// elections; it maps paths to functions that give an answer at once.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kube/error.h"
#include "kube/poller.h"

struct MHD_Daemon;
struct MHD_Connection;

namespace elector::cmd {

struct HttpReply {
  int status = 200;
  std::string content_type;
  std::string body;
};

class HttpServer {
 public:
  // Answers GET and HEAD of one path. Called in the loop; must not block.
  using Handler = std::function<HttpReply()>;
  using Routes = std::map<std::string, Handler, std::less<>>;

  // Listens on every address of `host` ("" for all, of both families) at `port` (0 for any, the
  // same for all addresses). One address that can be had suffices, but one that is in use is an
  // error. Fails with kSystem or kConfig and a sentence that names host and port.
  static kube::Expected<std::unique_ptr<HttpServer>> create(kube::Poller& poller,
                                                            const std::string& host,
                                                            std::uint16_t port, Routes routes);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // The addresses it listens on, as HOST:PORT.
  const std::vector<std::string>& addresses() const { return addresses_; }

 private:
  struct Hooks;  // libmicrohttpd's callbacks

  HttpServer(kube::Poller& poller, Routes routes) : poller_(poller), routes_(std::move(routes)) {}
  kube::Failure listen(const std::string& host, std::uint16_t port);
  kube::Failure start();
  void accept(int listener);
  void run();
  int reply(MHD_Connection* connection, const std::string& path, const std::string& method) const;

  kube::Poller& poller_;
  Routes routes_;
  MHD_Daemon* daemon_ = nullptr;
  int daemon_fd_ = -1;
  kube::Poller::TimerId timer_ = 0;
  std::vector<int> listeners_;
  std::vector<std::string> addresses_;
};

}  // namespace elector::cmd
