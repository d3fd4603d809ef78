#include "cmd/leader_pages.h"

#include <utility>

namespace elector::cmd {

kube::Expected<std::unique_ptr<HttpServer>> serve_leader(kube::Poller& poller,
                                                         const std::optional<HttpAddress>& address,
                                                         const Candidate& candidate,
                                                         const Log& log) {
  if (!address) return std::unique_ptr<HttpServer>();
  HttpServer::Routes routes;
  routes["/"] = [&candidate] {
    return HttpReply{200, "application/json",
                     "{\"name\":" + json_string(candidate.view().leader) + "}"};
  };
  routes["/healthz"] = [] { return HttpReply{200, "text/plain; charset=utf-8", "ok"}; };
  auto server = HttpServer::create(poller, *address, std::move(routes));
  if (!server) return server;
  for (const std::string& at : (*server)->addresses()) {
    log.info("serving http", {{"address", at}});
  }
  return server;
}

}  // namespace elector::cmd
