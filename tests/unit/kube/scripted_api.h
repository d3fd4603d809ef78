// SPDX-License-Identifier: Apache-2.0
// An API server of a few lines for what reads and watches one lock, a Lease "x" in "default": a
// script gives the answers, also those that no server gives on purpose, and the requests are kept.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "tests/support/raw_server.h"

namespace elector::tests {

// The Lease at this version, which "hVERSION" holds.
std::string lease_object(const std::string& version, const std::string& name = "x");
// A line of a watch; `object` is JSON.
std::string watch_event(const std::string& type, const std::string& object);
// A Status with which the API refuses, in JSON.
std::string api_status(const std::string& reason, int code,
                       const std::string& message = "so says the API");
bool is_watch(const std::string& request);
// The part of a watch request that gives the start: "resourceVersion=7" or "".
std::string start_of(const std::string& request);
// Begins a watch that delivers these events and then stays open.
void deliver(RawServer::Peer& peer, const std::vector<std::string>& events);

class ScriptedApi {
 public:
  // Called for each request, from the thread of its connection, with the number of watches before
  // it; a watch's script begins the chunks itself.
  using Script =
      std::function<void(RawServer::Peer& peer, const std::string& request, int watches)>;

  explicit ScriptedApi(Script script);

  std::string url() const { return server_.url(); }
  // The requests so far, in their order: for watches, and all others.
  std::vector<std::string> watches() const { return matching(true); }
  std::vector<std::string> others() const { return matching(false); }

 private:
  int note(const std::string& request);
  std::vector<std::string> matching(bool watch) const;

  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  int watch_count_ = 0;
  RawServer server_;  // the last: its threads use the others
};

}  // namespace elector::tests
