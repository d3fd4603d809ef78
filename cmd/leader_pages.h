// What the sidecar's HTTP server answers about an election, for `run` and `exec`.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cmd/candidate.h"
#include "cmd/election_state.h"
#include "cmd/http_server.h"
#include "cmd/log.h"
#include "cmd/option_http.h"
#include "kube/poller.h"

namespace elector::cmd {

// The election as this candidate sees it at this moment.
ElectionState state_of(const Candidate& candidate);

class LeaderPages {
 public:
  struct Setup {
    // What is wrong with this process as a leader (its work goes on after its time), "" for
    // nothing: then it is not live.
    std::function<std::string()> trouble;
    // GET /metrics.
    std::function<std::string()> metrics;
    // Every other path and method is answered as the 2016 sidecar did, and for any Host.
    bool as_in_2016 = false;
  };

  // Serves at `address`:
  //
  // - /: {"name":"NAME"}, the 2016 sidecar's body, with "" when nobody (or nobody known) leads
  // - /leader: the election's state; 200 while this process leads, else 503
  // - /watch: the same as server-sent events, now and at each change
  // - /healthz, /livez: 200 while the loop that renews the lease answers, and without trouble
  // - /readyz: 200 if the lock is watched, or was seen within a lease duration
  // - /metrics: Prometheus' text format
  // - of 2016 only: /isLeader, {"isLeader": true|false}, and what / says for all else
  //
  // The candidate must outlive it. Fails as HttpServer::create() does.
  static kube::Expected<std::unique_ptr<LeaderPages>> serve(kube::Poller& poller,
                                                            const HttpAddress& address,
                                                            const Candidate& candidate,
                                                            const Log& log, Setup setup);

  // The state may have changed.
  void publish() { server_->publish(); }

 private:
  LeaderPages(const Candidate& candidate, Setup setup);
  HttpServer::Routes routes();
  HttpReply name() const;
  HttpReply in_2016(std::string_view path) const;
  HttpReply leader() const;
  HttpReply live() const;
  HttpReply ready() const;
  HttpEvent event();

  const Candidate& candidate_;
  const Setup setup_;
  const std::string series_;            // begins the ids of this process's events
  std::uint64_t changes_ = 0;           // ends them
  std::optional<ElectionState> shown_;  // what the last one was about
  std::unique_ptr<HttpServer> server_;
};

}  // namespace elector::cmd
