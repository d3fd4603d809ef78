// SPDX-License-Identifier: Apache-2.0
// The open watches, and what each has still to send. Passive: the HTTP front takes the bytes, the
// store reports the events, and the loop passes the time.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "tests/apiserver/selector.h"
#include "tests/apiserver/store.h"

namespace elector::tests::apiserver {

using Clock = std::chrono::steady_clock;

struct WatchOptions {
  const Resource* resource = nullptr;
  std::string ns;  // "" for all
  Selector selector;
  // Events after this version; nothing or 0 begins with a synthetic ADDED for each object.
  std::optional<std::uint64_t> since;
  bool bookmarks = false;
  std::chrono::seconds timeout{1800};
  std::string user;
  // How an object is written into an event (plain, as a Table, its metadata only); first means that
  // nothing was sent yet.
  std::function<std::string(const Object&, bool first)> render;
};

class Watch {
 public:
  explicit Watch(WatchOptions options) : options_(std::move(options)) {}

  // What is to be sent now; "" while there is nothing or the watch is stalled.
  std::string take();
  // Nothing will come any more once take() has given what is left.
  bool ended() const { return ended_ && !stalled_; }
  const WatchOptions& options() const { return options_; }
  bool stalled() const { return stalled_; }

  // Called when take() has something new to give or the watch has ended. The front sets it.
  std::function<void()> wake;

 private:
  friend class WatchHub;
  void send(const std::string& line);
  void replay();
  void send_object(const char* type, const Object& object);
  void send_event(const Event& event);
  void send_bookmark(std::uint64_t version);
  void end();

  WatchOptions options_;
  std::string pending_;
  std::deque<std::string> last_lines_;  // for replay, the oldest first
  std::uint64_t floor_ =
      0;  // events up to this version were sent, or lie before what was asked for
  bool first_ = true;
  bool stalled_ = false;
  bool ended_ = false;
  Clock::time_point deadline_;
  Clock::time_point next_bookmark_;
};

class WatchHub {
 public:
  // Bookmarks go out every bookmark_interval and at the end of a watch that asked for them.
  WatchHub(const Store& store, std::chrono::seconds bookmark_interval)
      : store_(store), bookmark_interval_(bookmark_interval) {}

  // Opens a watch. A watch that starts at a version that is gone sends its client an ERROR event of
  // 410, as the real server does; a watch that starts in the future is silent until then.
  std::shared_ptr<Watch> open(WatchOptions options, Clock::time_point now);
  void publish(const Event& event);
  // Ends the watches whose time is over and sends the bookmarks that are due; returns the time of
  // the next call.
  Clock::time_point tick(Clock::time_point now);

  // Applies an action of the control interface to every open watch of a resource ("" for all): end
  // it; stall it (events queue up) and resume it; replay its last events, from the oldest of eight
  // on; report that its version is gone, and end it. Returns how many watches it applied to, or -1
  // for an unknown action.
  int act(const std::string& action, const std::string& resource, const std::string& user);
  // A line of JSON for each open watch.
  std::string describe();

 private:
  template <typename Do>
  void each(Do&& act);

  const Store& store_;
  std::chrono::seconds bookmark_interval_;
  std::list<std::weak_ptr<Watch>> watches_;
};

}  // namespace elector::tests::apiserver
