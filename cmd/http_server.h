// The sidecar's HTTP server: libmicrohttpd inside the program's one loop. It knows nothing of
// elections; it maps paths to functions that give an answer at once.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cmd/option_http.h"
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

  // Listens on every address of the host (all, of both families, if it is "") at its port (0 for
  // any, the same for all addresses); or on a socket in the file system, with mode 0660. One
  // address that can be had suffices, but one that is in use is an error. Fails with kSystem or
  // kConfig and a sentence that names the address.
  static kube::Expected<std::unique_ptr<HttpServer>> create(kube::Poller& poller,
                                                            const HttpAddress& address,
                                                            Routes routes);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // The addresses it listens on, as HOST:PORT or unix:/PATH.
  const std::vector<std::string>& addresses() const { return addresses_; }

 private:
  struct Hooks;  // libmicrohttpd's callbacks

  HttpServer(kube::Poller& poller, Routes routes) : poller_(poller), routes_(std::move(routes)) {}
  kube::Failure listen(const HttpAddress& address);
  kube::Failure listen_on_path(const HttpAddress& address);
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
  std::string unix_path_;  // to remove at the end
};

}  // namespace elector::cmd
