// SPDX-License-Identifier: Apache-2.0
// Follows elections on the API, one by its name or all, and reports the leader and each change.
// Connects lock feeds (kube/lock/lock_informer.h), the rule for what is a change
// (core/leader_watcher.h), and the lines of `watch`.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "cmd/cli/options.h"
#include "cmd/observe/change_line.h"
#include "core/hourly.h"
#include "core/leader_watcher.h"
#include "kube/base/poller.h"
#include "kube/lock/lock_informer.h"
#include "kube/session.h"

namespace elector::cmd {

class ElectionWatcher {
 public:
  struct Handler {
    std::function<void(const ChangeLine& line)> on_line;
    // Nothing can be followed, and why. Nothing is called after this.
    std::function<void(const std::string& reason)> on_refused;
    std::function<void(const std::string& text)> on_trouble;   // for the log
    std::function<void(const std::string& text)> on_recovery;  // for the log: it works again
    // A permission is missing, as on_trouble or on_refused has reported; may be called again.
    std::function<void()> on_forbidden;
    std::function<void(const std::string& text)> on_detail;  // for the log at verbosity 1
  };

  // The session must outlive this.
  ElectionWatcher(kube::Session& session, const WatchOptions& options, Handler handler);
  ~ElectionWatcher();
  ElectionWatcher(const ElectionWatcher&) = delete;
  ElectionWatcher& operator=(const ElectionWatcher&) = delete;

 private:
  // Namespace and name, and the kind if each kind is a separate election.
  using Key = std::tuple<std::string, std::string, std::size_t>;
  struct Followed {
    explicit Followed(std::size_t locks) : watcher(locks) {}
    core::LeaderWatcher watcher;
    bool told = false;
    kube::Poller::TimerId timer = 0;
    bool checking = false;
    core::Hourly clock_notice{};
  };

  bool one() const { return !options_.election.empty(); }
  std::size_t lock_of(std::size_t feed) const { return one() ? feed : 0; }
  Followed& followed(const Key& key);
  void add_feed(std::size_t index);
  void on_seen(std::size_t feed, const kube::LockInformer::Seen& seen);
  void on_refused(std::size_t feed, const kube::HttpResponse& response);
  void settle(const Key& key, const std::optional<core::LeaderChange>& change,
              kube::LockInformer::Gap gap);
  void arm(const Key& key);
  void look_again(const Key& key);
  ChangeLine line_of(const Key& key, const std::optional<core::LeaderChange>& change);
  void log_clock(const Key& key);
  void trouble(const std::string& text);
  void recovery(const std::string& text);

  kube::Session& session_;
  const WatchOptions& options_;
  const Handler handler_;
  std::map<Key, Followed> elections_;
  std::vector<std::unique_ptr<kube::LockInformer>> feeds_;
  std::size_t refused_ = 0;
  std::set<std::string> troubles_;  // that were reported since the last recovery
};

}  // namespace elector::cmd
