// SPDX-License-Identifier: Apache-2.0
#include "cmd/observe/election_watcher.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "cmd/observe/election_reader.h"
#include "cmd/observe/election_table.h"
#include "cmd/output/duration.h"
#include "cmd/process/random_seed.h"
#include "kube/http/api_status.h"

namespace elector::cmd {
namespace {

using Gap = kube::LockInformer::Gap;

// Limit for one more look at a lock before its record is reported as run out.
constexpr core::Duration kLastLook = std::chrono::seconds(2);

}  // namespace

ElectionWatcher::ElectionWatcher(kube::Session& session, const WatchOptions& options,
                                 Handler handler)
    : session_(session), options_(options), handler_(std::move(handler)) {
  for (std::size_t i = 0; i < options_.kinds.size(); ++i) add_feed(i);
}

ElectionWatcher::~ElectionWatcher() {
  for (auto& [key, election] : elections_) session_.poller().cancel_timer(election.timer);
}

void ElectionWatcher::add_feed(std::size_t index) {
  const kube::Connection& connection = session_.connection();
  kube::LockInformer::Handler handler;
  handler.on_seen = [this, index](const kube::LockInformer::Seen& seen) { on_seen(index, seen); };
  handler.on_refused = [this, index](const kube::HttpResponse& response) {
    on_refused(index, response);
  };
  handler.on_trouble = [this](const std::string& text) { trouble(text); };
  handler.on_recovery = [this](const std::string& text) { recovery(text); };
  handler.on_notice = [this](const std::string& text) { handler_.on_trouble(text); };
  handler.on_forbidden = [this] { handler_.on_forbidden(); };
  feeds_.push_back(std::make_unique<kube::LockInformer>(
      session_.poller(), session_.client(),
      kube::LockFeedOptions{.kind = options_.kinds[index],
                            .name_space = options_.all_namespaces ? "" : connection.namespace_,
                            .name = options_.election,
                            .timeout = observer_timeout(connection),
                            .seed = random_seed()},
      std::move(handler)));
}

ElectionWatcher::Followed& ElectionWatcher::followed(const Key& key) {
  return elections_.try_emplace(key, one() ? options_.kinds.size() : 1).first->second;
}

void ElectionWatcher::on_seen(std::size_t feed, const kube::LockInformer::Seen& seen) {
  const Key key{seen.name.name_space, seen.name.name, one() ? 0 : feed};
  const bool is_new = !elections_.contains(key);
  Followed& election = followed(key);
  const core::BootTime at = kube::now().boot;
  if (is_new && !one() && seen.source == core::Source::kEvent) {
    // The election did not exist a moment ago.
    core::Observation absent;
    election.watcher.observe(0, absent, core::Source::kRead, std::nullopt, at);
    election.told = true;
  }
  const auto change =
      election.watcher.observe(lock_of(feed), seen.object, seen.source, seen.server_now, at);
  settle(key, change, seen.gap);
}

void ElectionWatcher::on_refused(std::size_t feed, const kube::HttpResponse& response) {
  ++refused_;
  const std::string why = kube::describe_failure(response, session_.connection().server);
  // For one election the first kind decides, because that is where it is expected.
  const bool decides = one() && feed == 0;
  const bool at_last = decides || refused_ == options_.kinds.size();
  if (at_last || !one()) {
    if (at_last) {
      handler_.on_refused(why);
    } else {
      handler_.on_trouble(why);
    }
    // For a list of elections, --print-rbac prints the permission for the first kind only.
    const bool remedied = at_last || feed == 0 || !options_.all_kinds();
    if (remedied && kube::lacks_permission(response)) handler_.on_forbidden();
    return;
  }
  handler_.on_detail("not checking for this election on " +
                     std::string(kube::info(options_.kinds[feed]).resource) + ": " + why);
  const Key key{session_.connection().namespace_, options_.election, 0};
  settle(key, followed(key).watcher.give_up(feed, kube::now().boot), Gap::kNone);
}

// Reports the first finding or a change, and waits for the record to run out.
void ElectionWatcher::settle(const Key& key, const std::optional<core::LeaderChange>& change,
                             Gap gap) {
  Followed& election = followed(key);
  if (!election.watcher.known()) return;
  if (change && gap != Gap::kNone) {
    handler_.on_trouble(
        "changes to " + std::get<1>(key) + " may have been missed: " +
        (gap == Gap::kForgotten ? "the API server no longer has them" : "no watch was open"));
  }
  const bool first = !std::exchange(election.told, true);
  if (first || change) handler_.on_line(line_of(key, change));
  log_clock(key);
  const bool gone = election.watcher.standing().state == core::LockState::kAbsent;
  if (gone && !one()) {
    session_.poller().cancel_timer(election.timer);
    elections_.erase(key);
    return;
  }
  arm(key);
}

void ElectionWatcher::arm(const Key& key) {
  Followed& election = followed(key);
  session_.poller().cancel_timer(std::exchange(election.timer, 0));
  const auto at = election.watcher.next_wake();
  if (!at || election.checking) return;
  // Of all elections of a namespace most may be long over: those are left to the watch.
  if (!one() && election.watcher.standing().state != core::LockState::kHeld) return;
  election.timer = session_.poller().start_timer_at(*at, [this, key] {
    followed(key).timer = 0;
    look_again(key);
  });
}

// The watch may lag or have died silently: reads the lock once before reporting that a leader no
// longer leads, and from time to time while there is no leader.
void ElectionWatcher::look_again(const Key& key) {
  Followed& election = followed(key);
  election.checking = true;
  const std::size_t feed = one() ? election.watcher.lock() : std::get<2>(key);
  const kube::LockName name{options_.kinds[feed], std::get<0>(key), std::get<1>(key)};
  feeds_[feed]->check(name, kLastLook, [this, key] {
    const auto found = elections_.find(key);
    if (found == elections_.end()) return;
    found->second.checking = false;
    settle(key, found->second.watcher.tick(kube::now().boot), Gap::kNone);
  });
}

ChangeLine ElectionWatcher::line_of(const Key& key,
                                    const std::optional<core::LeaderChange>& change) {
  const Followed& election = followed(key);
  const core::LeaderWatcher& watcher = election.watcher;
  const std::size_t kind = one() ? watcher.lock() : std::get<2>(key);
  const core::Now at = kube::now();
  SeenElection seen{.name = {options_.kinds[kind], std::get<0>(key), std::get<1>(key)},
                    .seen = watcher.seen(),
                    .server_now = at.wall,
                    .verdict = {watcher.standing().state, watcher.left(at.boot)}};
  ChangeLine line{.state = state_of(seen, options_.id), .change = change, .time = at.wall};
  line.state.observed_ago = at.boot - watcher.observed_at();
  return line;
}

// Logs hourly that the leader's clock is off.
void ElectionWatcher::log_clock(const Key& key) {
  Followed& election = followed(key);
  const auto error = election.watcher.clock_error_of_leader();
  const std::string leader(election.watcher.standing().leader());
  if (!error || !election.clock_notice.due(leader, kube::now().boot)) return;
  handler_.on_trouble("the clock of " + leader + ", which leads " + std::get<1>(key) + ", is " +
                      off_by(*error) +
                      " the API server's; until it is set right, a single look may take a live "
                      "leader for dead, or a dead one for alive");
}

void ElectionWatcher::trouble(const std::string& text) {
  // All kinds report the same connection failure.
  if (troubles_.insert(kube::without_audit_id(text)).second) handler_.on_trouble(text);
}

void ElectionWatcher::recovery(const std::string& text) {
  if (troubles_.empty()) return;  // reported for another kind
  troubles_.clear();
  handler_.on_recovery(text);
}

}  // namespace elector::cmd
