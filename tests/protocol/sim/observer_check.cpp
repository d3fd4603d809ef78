// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/sim/observer_check.h"

#include <algorithm>
#include <chrono>

#include "core/lock_state.h"
#include "tests/protocol/sim/candidate.h"
#include "tests/protocol/sim/observer.h"
#include "tests/protocol/sim/world.h"

namespace elector::tests {
namespace {

using core::Content;
using core::Duration;
using core::Observation;
using core::Source;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Whether the holder's clock advanced from one record to the next as the observer's did, to a
// quarter.
bool renewed_live(const Observation& before, const Observation& seen, Duration elapsed) {
  if (before.record.holder.empty() || before.record.holder != seen.record.holder) return false;
  if (!before.record.renew_time || !seen.record.renew_time) return false;
  const Duration between = *seen.record.renew_time - *before.record.renew_time;
  return between > Duration::zero() && between <= elapsed * 5 / 4 + milliseconds(100) &&
         elapsed <= between * 5 / 4 + milliseconds(100);
}

}  // namespace

void ObserverCheck::fail(const std::string& how) const {
  world_.fail("6", std::string(who_.name()) + " " + how);
}

void ObserverCheck::begins() {
  locks_.clear();
  for (std::size_t i = 0; i < who_.plan().objects.size(); ++i) {
    locks_.push_back({.witness = Witness("", 1, core::kAssumedDuration)});
  }
  told_.reset();
  told_until_.reset();
}

void ObserverCheck::shown(std::size_t index, const Observation& seen, Source source) {
  Lock& lock = locks_.at(index);
  const core::BootTime now = who_.local().boot;
  const bool newer = !lock.known || seen.version.empty() || number_of(seen) > lock.version;
  if (newer && (!lock.known || !same_write(lock.seen, seen))) {
    // After a restore this check does not know which of two records came first.
    lock.alive = lock.known && !world_.api().restored_at() &&
                 renewed_live(lock.seen, seen, now - lock.since);
    lock.since = now;
  }
  if (newer) lock.seen = seen;
  lock.version = std::max(lock.version, number_of(seen));
  lock.known = true;
  // The witness is not asked whether the record is over by its own times.
  lock.witness.shown(0, seen, source == Source::kRead, {.boot = now, .wall = core::WallTime{}});
}

void ObserverCheck::said(const core::LeaderWatcher& watcher,
                         const std::optional<core::LeaderChange>& change) {
  const std::string leader(watcher.standing().leader());
  if (change) {
    ++world_.tally().changes_told;
    if (change->from != told_) {
      fail("says that the leader was \"" + change->from + "\", and said \"" + told_.value_or("?") +
           "\" before");
    }
    if (change->from == change->to && change->missed == 0 && change->from.empty()) {
      fail("says that nobody leads, twice");
    }
  }
  if (!told_ || change) {
    told_ = change ? change->to : leader;
    if (world_.log().on()) {
      world_.log().line(who_.name(),
                        "* says: " + (told_->empty() ? "nobody" : *told_) + " leads" +
                            (change ? ", " + std::string(to_string(change->why)) : ""));
    }
  }
  if (leader != told_) fail("knows that \"" + leader + "\" leads, and said \"" + *told_ + "\"");
  follows_the_lock(leader);
}

// News of another lock does not end a record before the lock that counts has been looked at once
// more; after a pause that may be long after its end.
bool ObserverCheck::looks_again(const std::string& leader) const {
  if (locks_.size() == 1) return false;
  const Duration look = kLastLook + world_.plan().lateness * 4;
  const bool disturbed =
      world_.schedule().now() < world_.api().network().link(who_.index()).disturbed + look;
  return std::any_of(locks_.begin(), locks_.end(), [&](const Lock& lock) {
    return leader == lock.seen.record.holder &&
           (disturbed ||
            who_.local().boot < lock.since + core::observed_duration(lock.seen.record) + look);
  });
}

// A live record on any lock names the leader, and of several the first.
void ObserverCheck::follows_the_lock(const std::string& leader) {
  told_until_.reset();
  const bool reused = world_.api().restored_at() && world_.plan().versions == Versions::kReuse;
  if (reused) return;  // the present state is then not known
  const auto all = [](const Lock& each) {
    return each.witness.leader(core::BootTime::max()).has_value();
  };
  if (!std::all_of(locks_.begin(), locks_.end(), all)) return;  // likewise
  const core::BootTime now = who_.local().boot;
  bool shown = false;
  for (const Lock& lock : locks_) {
    const std::string holder = lock.witness.leader(now).value_or("");
    if (holder.empty()) continue;
    shown = holder == leader;
    if (shown) break;
    if (!lock.alive || looks_again(leader)) continue;
    return fail("names \"" + leader + "\", and saw " + holder + " renew its lease");
  }
  if (leader.empty()) return;
  if (!shown && !looks_again(leader)) {
    return fail("names \"" + leader + "\", which no lock shows as its holder");
  }
  for (const Lock& lock : locks_) {
    if (lock.seen.record.holder != leader) continue;
    const core::BootTime end = lock.since + core::observed_duration(lock.seen.record) + kLastLook;
    told_until_ = std::max(told_until_.value_or(end), end);
  }
}

// Checks what time alone changes.
void ObserverCheck::step() {
  if (!who_.running() || !told_) return;
  const Plan& plan = world_.plan();
  const Duration slack = plan.lateness * 4 + milliseconds(10);
  const bool disturbed =
      world_.schedule().now() < world_.api().network().link(who_.index()).disturbed + seconds(3);
  if (told_until_ && !who_.busy() && !disturbed && who_.local().boot > *told_until_ + slack) {
    return fail("says that " + *told_ + " leads, whose record ran out long ago");
  }
  if (world_.tally().steps % 16 == 0) follows_the_leader();
}

// If nothing is wrong, and a candidate has led for a while, the observer reports it.
void ObserverCheck::follows_the_leader() {
  const Plan& plan = world_.plan();
  // If records do not show how time passes, the observer uses the server's clock.
  if (plan.enabled(Fault::kWallStep) || plan.enabled(Fault::kMachinePause) ||
      plan.tampering != Tampering::kNone) {
    return;
  }
  const Network& network = world_.api().network();
  const Real now = world_.schedule().now();
  for (const Candidate* leader : world_.candidates()) {
    if (!leader->claims() || leader->plan().objects.front() != who_.plan().objects.front()) {
      continue;
    }
    if (leader->plan().rate_most > kExactRate * 3 / 2) continue;
    const Duration settle = leader->clock().real(leader->plan().timing.retry_period * 4) +
                            seconds(6) + plan.lag_most * 4 + plan.lateness * 8;
    const bool well = now > leader->elected_at() + settle && leader->running() && !leader->busy() &&
                      !who_.busy() && world_.api().mood() == Mood::kUp &&
                      !network.impaired(leader->index()) && !network.impaired(who_.index()) &&
                      now > network.link(leader->index()).disturbed + settle &&
                      now > network.link(who_.index()).disturbed + settle + seconds(12);
    if (well && told_ != leader->plan().identity) {
      return fail("does not say that " + std::string(leader->name()) +
                  " leads, which has led for " + seconds_text(now - leader->elected_at()) + "s");
    }
  }
}

}  // namespace elector::tests
