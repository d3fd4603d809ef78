// SPDX-License-Identifier: Apache-2.0
#include "core/resignation.h"

#include <algorithm>
#include <utility>

#include "core/identity_pattern.h"

namespace elector::core {
namespace {

// Limits on the wait for a record without a lease duration, or with one out of all proportion.
constexpr Duration kShortestPatience = std::chrono::seconds(2);
constexpr Duration kLongestPatience = std::chrono::minutes(5);

}  // namespace

Resignation::Leader Resignation::leader_of(const Observation& seen) {
  const Claim* claim = fresh_claim(seen);
  return {.holder = seen.record.holder,
          .instance = claim != nullptr ? claim->instance : std::string(),
          .acquire_time = seen.record.acquire_time,
          .transitions = seen.record.transitions};
}

// A claim that was removed from the object by others, or is not known yet, does not make another
// term.
bool Resignation::same_term(const Leader& a, const Leader& b) {
  return a.holder == b.holder && a.acquire_time == b.acquire_time &&
         a.transitions == b.transitions &&
         (a.instance == b.instance || a.instance.empty() || b.instance.empty());
}

bool Resignation::observe(const Observation& seen, Source source, BootTime now) {
  const bool older = seen_ && compare_versions(seen.version, seen_->version) < 0;
  const bool rewound = source == Source::kRead && rewind_.read(older);
  if (older && !rewound) return false;
  const bool renewed = seen_ && !same_record(*seen_, seen);
  seen_ = seen;
  if (!asked_ && seen.resign && seen.resign->id == wish_.id) {
    asked_ = true;
    asked_at_ = now;
  } else if (asked_ && renewed) {
    renewed_ = true;
  }
  if (asked_ && heard()) heard_ = true;
  return true;
}

// Whether the leader that was asked has acknowledged a request, from any asker, in the same term:
// beside another term's record stands an acknowledgement from then, which a restore of the store
// can bring back.
bool Resignation::heard() const {
  const std::optional<ResignRequest>& request = seen_->resign;
  return request && request->acknowledged && request->holder == leader_.holder &&
         request->instance == leader_.instance && names_holder(*seen_) &&
         same_term(leader_of(*seen_), leader_);
}

Resignation::Step Resignation::next(BootTime now) {
  if (!seen_) return {};
  return asked_ ? after(now) : begin(now);
}

// Neither a request nor a cleared record of ours has been seen in the lock yet.
Resignation::Step Resignation::begin(BootTime now) {
  Leader leader = names_holder(*seen_) ? leader_of(*seen_) : Leader{};
  if (leader_.holder.empty()) {
    if (leader.holder.empty()) return {.end = End::kNobody};
  } else if (!same_term(leader,
                        leader_)) {  // cleared by us, or gone while our write was on its way
    asked_ = true;
    return after(now);
  }
  if (leader.instance.empty()) leader.instance = leader_.instance;
  leader_ = leader;
  if (leader.holder == wish_.to) return {.end = End::kDone, .leader = leader.holder};
  if (!wish_.only.empty() && !matches_identity(wish_.only, leader.holder)) {
    return {.end = End::kNotThatOne, .leader = leader.holder};
  }
  patience_ =
      std::clamp(Duration(seen_->record.lease_duration), kShortestPatience, kLongestPatience);
  if (wish_.force) return {.act = Act::kClear};
  if (heard()) {  // another asker's request is already being followed
    asked_ = heard_ = true;
    return after(now);
  }
  return {.act = Act::kAsk, .leader = leader.holder};
}

Resignation::Step Resignation::after(BootTime now) {
  if (names_holder(*seen_) && !same_term(leader_of(*seen_), leader_)) {
    const bool same = seen_->record.holder == leader_.holder;
    return {.end = wish_.wait && same ? End::kSameAgain : End::kDone,
            .leader = seen_->record.holder,
            .acknowledged = heard_};
  }
  if (!names_holder(*seen_)) heard_ = true;
  if (heard_) {
    if (!wish_.wait) return {.end = End::kDone, .acknowledged = true};
    return {.acknowledged = true};
  }
  const BootTime until = asked_at_ + patience_;
  if (now < until) return {.leader = leader_.holder, .wake = until};
  const bool there = seen_->resign && seen_->resign->id == wish_.id;
  if (there) {
    withdraws_ = true;
    return {.act = Act::kWithdraw, .leader = leader_.holder};
  }
  // The write that withdrew the request proves that the holder has not renewed. An event that shows
  // another request in its place may be the last one for a long time.
  const End end = renewed_ || !withdraws_ ? End::kUnheeded : End::kDead;
  return {.end = end, .leader = leader_.holder};
}

ResignRequest Resignation::request(const std::string& release_nonce) const {
  return {.holder = leader_.holder,
          .instance = leader_.instance,
          .to = wish_.to,
          .id = wish_.id,
          .acknowledged = !release_nonce.empty(),
          .release = release_nonce};
}

}  // namespace elector::core
