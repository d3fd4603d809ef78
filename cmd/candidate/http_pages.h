// SPDX-License-Identifier: Apache-2.0
// What the HTTP server of `run` and `exec` answers about an election.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cmd/candidate/candidate.h"
#include "cmd/http/address.h"
#include "cmd/http/server.h"
#include "cmd/output/election_json.h"
#include "cmd/output/log.h"
#include "kube/base/poller.h"

namespace elector::cmd {

// The election as this candidate sees it at this moment.
ElectionState state_of(const Candidate& candidate);

class HttpPages {
 public:
  struct Setup {
    // Returns what is wrong with this process as a leader (its work continues after its time), ""
    // for nothing. Any trouble makes /livez fail.
    std::function<std::string()> trouble;
    // The body of GET /metrics.
    std::function<std::string()> metrics;
    // Answers every other path and method as the 2016 sidecar did, and for any Host.
    bool as_in_2016 = false;
  };

  // Serves at `address`:
  //
  // - /: {"name":"NAME"}, the 2016 sidecar's body; "" if there is no leader or it is unknown
  // - /leader: the election's state; 200 while this process leads, otherwise 503
  // - /watch: the same as server-sent events, now and at each change
  // - /healthz, /livez: 200 while the loop that renews the lease answers and there is no trouble
  // - /readyz: 200 if the lock is watched, or was seen within a lease duration
  // - /metrics: Prometheus' text format
  // - with as_in_2016 only: /isLeader, {"isLeader": true|false}; any other path answers as / does
  //
  // The candidate must outlive the result. Fails as HttpServer::create() does.
  static Expected<std::unique_ptr<HttpPages>> serve(kube::Poller& poller,
                                                    const HttpAddress& address,
                                                    const Candidate& candidate, const Log& log,
                                                    Setup setup);

  // Call when the state may have changed: sends it to the /watch streams.
  void publish() { server_->publish(); }

 private:
  HttpPages(const Candidate& candidate, Setup setup);
  HttpServer::Routes routes();
  HttpReply name() const;
  HttpReply in_2016(std::string_view path) const;
  HttpReply leader() const;
  HttpReply live() const;
  HttpReply ready() const;
  HttpEvent event();

  const Candidate& candidate_;
  const Setup setup_;
  const std::string series_;            // first part of the ids of this process's events
  std::uint64_t changes_ = 0;           // last part of them
  std::optional<ElectionState> shown_;  // the state in the last event
  std::unique_ptr<HttpServer> server_;
};

}  // namespace elector::cmd
