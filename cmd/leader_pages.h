// What the sidecar's HTTP server answers, for `run` and `exec`.
#pragma once

#include <memory>
#include <optional>

#include "cmd/candidate.h"
#include "cmd/http_server.h"
#include "cmd/log.h"
#include "cmd/option_http.h"
#include "kube/poller.h"

namespace elector::cmd {

// Serves who leads, as `candidate` sees it, at `address`: GET / is {"name":"NAME"}, the 2016
// sidecar's body, with "" when nobody, or nobody known, leads; GET /healthz is 200 while the loop
// that would renew the lease answers. Without an address there is no server. The candidate must
// outlive it. Fails as HttpServer::create() does.
kube::Expected<std::unique_ptr<HttpServer>> serve_leader(kube::Poller& poller,
                                                         const std::optional<HttpAddress>& address,
                                                         const Candidate& candidate,
                                                         const Log& log);

}  // namespace elector::cmd
