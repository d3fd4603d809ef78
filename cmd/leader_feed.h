// Follows elections on the API, one by its name or all there are, and tells who leads and each
// change. Lock feeds (kube/lock_feed.h) on one side, the rule of what a change is
// (core/leader_watcher.h) in the middle, lines for `watch` on the other side.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "cmd/options.h"
#include "cmd/session.h"
#include "cmd/watch_line.h"
#include "core/leader_watcher.h"
#include "kube/lock_feed.h"
#include "kube/poller.h"

namespace elector::cmd {

class LeaderFeed {
 public:
  struct Handler {
    std::function<void(const WatchLine& line)> on_line;
    // Nothing can be followed, and why. The last that comes.
    std::function<void(const std::string& reason)> on_refused;
    std::function<void(const std::string& text)> on_trouble;  // for the log
    // A permission is missing, of which on_trouble or on_refused has told; may come again.
    std::function<void()> on_forbidden;
    std::function<void(const std::string& text)> on_detail;  // for the log at verbosity 1
  };

  // The session must outlive this.
  LeaderFeed(Session& session, const WatchOptions& options, Handler handler);
  ~LeaderFeed();
  LeaderFeed(const LeaderFeed&) = delete;
  LeaderFeed& operator=(const LeaderFeed&) = delete;

 private:
  // Namespace, name, and the kind if each kind is an election of its own.
  using Key = std::tuple<std::string, std::string, std::size_t>;
  struct Followed {
    explicit Followed(std::size_t locks) : watcher(locks) {}
    core::LeaderWatcher watcher;
    bool told = false;
    kube::Poller::TimerId timer = 0;
    bool checking = false;
  };

  bool one() const { return !options_.election.empty(); }
  std::size_t lock_of(std::size_t feed) const { return one() ? feed : 0; }
  Followed& followed(const Key& key);
  void add_feed(std::size_t index);
  void on_seen(std::size_t feed, const kube::LockFeed::Seen& seen);
  void on_refused(std::size_t feed, const kube::HttpResponse& response);
  void settle(const Key& key, const std::optional<core::LeaderChange>& change,
              kube::LockFeed::Gap gap);
  void arm(const Key& key);
  void look_again(const Key& key);
  WatchLine line_of(const Key& key, const std::optional<core::LeaderChange>& change);
  void trouble(const std::string& text);

  Session& session_;
  const WatchOptions& options_;
  const Handler handler_;
  std::map<Key, Followed> elections_;
  std::vector<std::unique_ptr<kube::LockFeed>> feeds_;
  std::size_t refused_ = 0;
  std::string last_trouble_;
};

}  // namespace elector::cmd
