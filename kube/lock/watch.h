// SPDX-License-Identifier: Apache-2.0
// The watch on one object, or on all of a collection: reports every change as an event, across
// reconnects, for as long as this lives.
//
// It continues from the last version that it saw, so that no change is missed. When the API has
// forgotten that version (410) it begins again without one, which shows the present object, and
// asks its owner to read the object once, because a deletion in between is not shown. It waits,
// with growing pauses, while the API is away, and notices when watching is not allowed and when the
// watch has gone deaf.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "core/rewind.h"
#include "core/time.h"
#include "kube/base/poller.h"
#include "kube/http/client.h"
#include "kube/lock/watch_decoder.h"

namespace elector::kube {

struct WatchOptions {
  std::string path;            // of the collection
  std::string name;            // of the object; "" for all
  std::string field_selector;  // for all of them; "" for none
  std::string accept = "application/json";
  core::Duration connect_limit{};  // for the beginning of the answer
  core::Duration longest_pause{};  // between two tries; the retry period
  core::Duration
      deaf_after{};  // an event that is known to exist must come within this; the retry period
  // How long the stream may be silent once a bookmark has come (the API server sends one about once
  // a minute) before the connection to the server counts as dead. 0 for no limit.
  core::Duration idle_limit{};
  // Pause before the next try if the API refuses the watch (403, or no such resource).
  core::Duration forbidden_pause = std::chrono::minutes(5);
  std::uint64_t seed = 0;  // for the pauses
};

class Watch {
 public:
  struct Handler {
    // ADDED, MODIFIED or DELETED of the object.
    std::function<void(WatchEvent::Type type, std::string_view object)> on_event;
    // Whether changes arrive; called at each change. Before the first call they do not. Short gaps
    // are not reported: after a reconnect within `longest_pause` nothing has been missed.
    std::function<void(bool established)> on_established;
    // The watch began without a version although the object had been seen: read the object once, a
    // deletion may have been missed. For a collection: the watch has ended, and changes may have
    // been missed; list, and call start() again.
    std::function<void()> on_gap;
    // An event could not be used because of its content; the watch continues. Called each time; for
    // one object, on_gap follows.
    std::function<void(const Error& why)> on_skipped;
    // A try has failed. Called once for each series of failures, and again when the kind of failure
    // changes.
    std::function<void(const HttpResponse& response)> on_failure;
    // Changes arrive again after on_failure, even if on_established had no reason to be called.
    std::function<void()> on_recovered;
  };

  // The poller and the client must outlive this.
  Watch(Poller& poller, Client& client, WatchOptions options, Handler handler);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Begins. `version`: of the object as it was read, "" if it was absent; or of the list.
  void start(std::string version);
  bool started() const { return started_; }
  // False before start(), and for a collection from on_gap until start().
  bool running() const { return stream_ != 0 || retry_timer_ != 0; }

  // Another answer showed the object at this version: if the watch does not show it or a later one
  // soon, it is deaf and is begun again, over a new connection. If several consecutive answers
  // about the one object are older than the version that the watch continues from, the store was
  // restored, and the watch, which would wait for that version to come again, is begun again
  // without one.
  void expect(const std::string& version);
  // The same for the version of a list of the collection, which is not an object's version.
  void listed(const std::string& version);

  // Whether bookmarks come, so that idle_limit applies.
  bool has_bookmarks() const { return has_bookmarks_; }
  // Abandons the present stream, passing `why` to on_failure, and begins again over a new
  // connection from the last version that was seen.
  void restart(const std::string& why);

 private:
  void connect();
  void on_open();
  void believe();
  void on_data(std::string_view bytes);
  void on_line(const WatchEvent& event);
  void on_error_event(std::string_view status);
  void on_end(const HttpResponse& response);
  void disconnected();
  void start_over();
  void retry_after_pause(core::Duration at_least);
  void retry_in(core::Duration pause);
  void tell(bool established);
  void tell_failure(const HttpResponse& response);
  void saw(std::string version);
  void skip(const Error& why);
  void listen();
  void rewound();

  Poller& poller_;
  Client& client_;
  const WatchOptions options_;
  const Handler handler_;
  std::minstd_rand random_;
  core::Duration patience_;  // until the watch counts as deaf
  bool started_ = false;
  Client::Id stream_ = 0;
  WatchDecoder decoder_;
  std::string version_;  // the last one seen; "" before the first
  core::Rewind rewind_{};
  std::string expected_;      // the newest known to exist; "" once it has been seen
  bool open_ = false;         // the present stream has begun
  bool gap_ = false;          // the present stream began without a version after there was one
  bool established_ = false;  // as last reported
  // The last stream ended as soon as it had begun: the next one counts only once it has lasted, or
  // shown something.
  bool doubtful_ = false;
  bool has_bookmarks_ = false;
  core::BootTime opened_at_{};
  std::optional<core::BootTime> over_at_{};  // the last start_over()
  core::Duration pause_{};                   // the last one in this series of failures
  int told_failure_ = 0;                     // HTTP status, or -1 without one
  Poller::TimerId retry_timer_ = 0;
  Poller::TimerId lost_timer_ = 0;
  Poller::TimerId deaf_timer_ = 0;
  Poller::TimerId idle_timer_ = 0;
  Poller::TimerId proof_timer_ = 0;
};

}  // namespace elector::kube
