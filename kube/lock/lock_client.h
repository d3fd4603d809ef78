// SPDX-License-Identifier: Apache-2.0
// The lock objects of one election as the core needs them: sends its requests, and passes back
// their answers and everything that the watches show.
//
// Passive, on a Poller. No callback is run from within a call to this class.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/request.h"
#include "kube/http/client.h"
#include "kube/lock/lock_request.h"
#include "kube/lock/watch.h"

namespace elector::kube {

struct LockClientOptions {
  std::string name_space;
  std::string name;             // of the election
  std::vector<LockKind> kinds;  // the primary first; core::Request::lock is an index into it
  core::Duration
      retry_period{};  // limits the pauses of a watch that was lost, and how late an event may be
  std::uint64_t seed = 0;  // for those pauses; must differ from process to process
};

class LockClient {
 public:
  struct Handler {
    std::function<void(core::Answer answer)> on_answer;
    // An event of the watch.
    std::function<void(std::size_t lock, core::Observation seen)> on_observation;
    // See core::Election::watching().
    std::function<void(std::size_t lock, bool established)> on_watching;
    // See core::Election::missed_events().
    std::function<void(std::size_t lock)> on_gap;
    // One line for the log about a watch; answers carry their own text.
    std::function<void(std::string text)> on_notice;
    // The API answered 403: what a Role must allow. Called for each such answer, so it may be
    // called often.
    std::function<void(const Permission& missing)> on_forbidden;
  };

  // The poller and the client must outlive this. Any callback may be empty.
  LockClient(Poller& poller, Client& client, LockClientOptions options, Handler handler);
  ~LockClient();
  LockClient(const LockClient&) = delete;
  LockClient& operator=(const LockClient&) = delete;

  // Sends a request, without retries; on_answer follows exactly once. The lock's watch begins with
  // the first answer that shows whether the object exists.
  void send(const core::Request& request);

  // Returns the API server's clock, by its last answer; nothing if that is too long ago for two
  // clocks that run apart.
  std::optional<core::WallTime> server_now() const;

 private:
  struct Lock {
    LockName name;
    std::unique_ptr<Watch> watch;
  };
  struct Sent {
    core::Request request;
    Client::Id id = 0;          // 0 for a request that could not be sent
    Poller::TimerId timer = 0;  // delivers the answer to such a request
  };

  Watch::Handler watch_handler(std::size_t lock);
  void on_response(std::uint64_t request_id, const HttpResponse& response);
  void learn(std::size_t index, const core::Request& request, const core::Answer& answer);
  void on_event(std::size_t lock, WatchEvent::Type type, std::string_view object);
  void on_watch_failure(std::size_t lock, const HttpResponse& response);
  void notice(const std::string& text);

  Poller& poller_;
  Client& client_;
  const LockClientOptions options_;
  const Handler handler_;
  std::vector<Lock> locks_;
  std::vector<Sent> sent_;
  // The API server's clock at an answer, and this machine's.
  std::optional<std::pair<core::WallTime, core::BootTime>> clock_{};
};

}  // namespace elector::kube
