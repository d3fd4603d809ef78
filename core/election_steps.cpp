// SPDX-License-Identifier: Apache-2.0
// What a candidate does in each phase of an election. Level-triggered: every step looks at the
// present facts, whatever input led to them.
#include <algorithm>
#include <cassert>
#include <utility>

#include "core/election.h"

namespace elector::core {
namespace {

// The transitions count of a term that follows all terms seen on this lock.
std::int64_t transitions_after(const LockTracker& tracker) {
  const std::optional<std::int64_t> seen = tracker.transitions();
  return seen ? std::min(*seen + 1, kMostTransitions) : 0;
}

}  // namespace

void Election::step(Now now) {
  Phase before{};
  [[maybe_unused]] int rounds = 0;
  do {
    ++rounds;
    assert(rounds < 16 && "the phases must settle");
    before = phase_;
    wake_.reset();
    switch (phase_) {
      case Phase::kFollowing:
        follow(now);
        break;
      case Phase::kAcquiring:
        acquire(now);
        break;
      case Phase::kLeading:
        lead(now);
        break;
      case Phase::kReleasing:
        give_back(now);
        break;
    }
  } while (phase_ != before);
  report_leader(now);
}

// ---- Following --------------------------------------------------------------------------------

void Election::follow(Now now) {
  note_vacancy(now);
  if (wish_ && vacant_since_ && !work_runs_) {
    const bool settled = std::none_of(locks_.begin(), locks_.end(), [](const Lock& lock) {
      return lock.in_flight || lock.read_wanted;
    });
    const BootTime at =
        std::max({turn_at(), stand_after_, barred_until_, locks_.front().not_before});
    if (settled && due(at, now)) return begin_term(now);
  }
  if (!wish_ && !work_runs_ && may_give_back(now) &&
      std::any_of(locks_.begin(), locks_.end(), [&](const Lock& lock) {
        return may_be_ours(lock) &&
               now.boot < lock.last_hold + Duration(term_.timing.lease_duration);
      })) {
    return begin_release();
  }
  for (Lock& lock : locks_) {
    look_if_wanted(lock, now);
    poll(lock, now);
  }
}

// Tracks the vacancy: when it began, when this candidate may write, and how it ended.
void Election::note_vacancy(Now now) {
  for (const Lock& lock : locks_) due(free_at(lock), now);
  if (!vacant(now)) {
    if (!vacant_since_) return;
    if (conflict_) {
      stampede_.conflict(*conflict_);
    } else {
      stampede_.filled(now.boot - *vacant_since_);
    }
    vacant_since_.reset();
  } else if (!vacant_since_) {
    vacant_since_ = now.boot;
    try_at_ = now.boot + stampede_.draw(random_);
    conflict_.reset();
  }
}

void Election::begin_term(Now now) {
  term_ = {.number = term_.number + 1,
           .timing = config_.timing,
           .began = now.boot,
           .acquire_time = now.wall,
           .token = {},
           .wall_lead = wall_lead(now)};
  for (Lock& lock : locks_) {
    if (lock.tracker.names_holder()) {
      term_.timing = term_.timing.shortened_to(lock.tracker.seen().record.lease_duration);
    }
    term_.transitions = std::max(term_.transitions, transitions_after(lock.tracker));
    lock.proven.reset();
    lock.failures = 0;
  }
  stepping_down_ = false;
  resigned_ = false;
  phase_ = Phase::kAcquiring;
}

// ---- Acquiring --------------------------------------------------------------------------------

void Election::acquire(Now now) {
  if (!wish_) return may_give_back(now) ? begin_release() : end_release(false, now);
  // The second lock must be acquired within R; and a write that takes longer than D proves nothing.
  const Duration limit =
      locks_.size() > 1 ? term_.timing.retry_period : term_.timing.renew_deadline;
  if (std::any_of(locks_.begin(), locks_.end(), [](const Lock& lock) { return !lock.proven; }) &&
      due(term_.began + limit, now)) {
    return abandon_term(now);
  }
  for (Lock& lock : locks_) {
    if (lock.proven) {
      if (is_ours(lock)) continue;
      return abandon_term(now);
    }
    if (lock.in_flight) return;
    if (lock.read_wanted) return look_if_wanted(lock, now);
    // Held by another by now, or ours but proven too late. Every lock must be vacant before any is
    // written.
    if (std::any_of(locks_.begin(), locks_.end(),
                    [&](const Lock& each) { return !each.proven && now.boot < free_at(each); })) {
      return abandon_term(now);
    }
    // Another candidate's whole term has passed since this one was begun, so its count must be one
    // higher.
    if (transitions_after(lock.tracker) > term_.transitions) return abandon_term(now);
    if (due(lock.not_before, now)) send_write(lock, holding_record(now), now);
    return;
  }
  if (!due(office_after_, now)) {
    if (due(hold_until(), now)) abandon_term(now);
    return;
  }
  take_office(now);
}

void Election::abandon_term(Now now) {
  const bool half_held =
      locks_.size() > 1 && std::any_of(locks_.begin(), locks_.end(),
                                       [&](const Lock& lock) { return may_be_ours(lock); });
  if (!half_held || !may_give_back(now)) {
    phase_ = Phase::kFollowing;
    return;
  }
  const Duration period = config_.timing.retry_period;
  const auto part =
      static_cast<Duration::rep>(random_.fraction() * static_cast<double>(period.count()));
  stand_after_ = now.boot + (period + Duration(part)) / 2;
  begin_release();
}

void Election::take_office(Now now) {
  phase_ = Phase::kLeading;
  if (!holds(now)) return abandon_term(now);
  if (vacant_since_) stampede_.filled(now.boot - *vacant_since_);
  vacant_since_.reset();
  work_runs_ = true;
  report({.kind = Report::Kind::kElected,
          .name = config_.identity,
          .token = term_.token,
          .hold_until = hold_until(),
          .gone_by = gone_by()});
}

// ---- Leading ----------------------------------------------------------------------------------

void Election::lead(Now now) {
  due(hold_until(), now);
  heed_request();
  for (Lock& lock : locks_) {
    if (phase_ == Phase::kLeading) keep(lock, now);
  }
}

// Keeps one lock: renews it, has a contradiction confirmed, re-creates it if it was lost without a
// successor, and gives up if there is one.
void Election::keep(Lock& lock, Now now) {
  if (lock.in_flight) return;
  if (!is_ours(lock) && !lock.confirmed) lock.read_wanted = true;
  if (lock.read_wanted) return look_if_wanted(lock, now);
  if (is_ours(lock)) {
    // Counts from the last proven write, not from the last one sent: a renewal that failed because
    // of an edit of other fields is retried at once.
    const BootTime regular = lock.proven->boot + term_.timing.retry_period;
    const BootTime at = std::max(is_asked(lock) ? now.boot : regular, lock.not_before);
    if (due(at, now)) send_write(lock, holding_record(now), now);
    return;
  }
  if (lock.namesake) note_tampering(lock, now);
  if (lock.tracker.names_holder()) return lose(LossReason::kTaken, now);
  if (lock.tracker.forced()) return lose(LossReason::kForced, now);
  note_tampering(lock, now);
  if (due(lock.not_before, now)) send_write(lock, holding_record(now), now);
}

void Election::lose(LossReason reason, Now now) {
  // A pause that CLOCK_BOOTTIME did not count, but the wall clock shows, is deducted from the
  // work's time too.
  const Duration unseen = wall_clock_jumped(now) ? wall_clock_jump(now) : Duration::zero();
  report({.kind = Report::Kind::kLost,
          .name = reason == LossReason::kTaken ? common_holder() : std::string(),
          .hold_until = hold_until(),
          .gone_by = gone_by() - unseen,
          .loss = reason});
  // A forced release asks for another leader, as a request to resign does.
  if (reason == LossReason::kForced) resigned_ = true;
  bar_if_resigned(now);
  phase_ = Phase::kFollowing;
}

// ---- Requests to resign ------------------------------------------------------------------------

// Whether the request is addressed to this very process. Handing over to itself needs no action.
bool Election::concerns_us(const ResignRequest& request) const {
  return request.holder == config_.identity && request.instance == config_.instance &&
         request.to != config_.identity;
}

// Whether there is such a request that has not been acknowledged yet.
bool Election::is_asked(const Lock& lock) const {
  const std::optional<ResignRequest>& request = lock.tracker.seen().resign;
  return is_ours(lock) && request && !request->acknowledged && concerns_us(*request);
}

// The next write acknowledges the request, and is sent at once: a leader whose work takes long to
// stop must not look like one that does not listen.
void Election::heed_request() {
  for (const Lock& lock : locks_) {
    if (!is_asked(lock)) continue;
    resigned_ = true;
    if (!stepping_down_) step_down(StopReason::kRequest, lock.tracker.seen().resign->to);
  }
}

void Election::step_down(StopReason reason, std::string successor) {
  stepping_down_ = true;
  report({.kind = Report::Kind::kStopWork,
          .name = std::move(successor),
          .hold_until = hold_until(),
          .stop = reason});
}

// The request to resign that this write carries: a new term removes it, a renewal acknowledges one
// that is addressed to this process, and a release records its own nonce in it.
std::optional<ResignRequest> Election::resign_to_write(const Lock& lock,
                                                       const Request& request) const {
  std::optional<ResignRequest> resign = lock.tracker.seen().resign;
  if (!resign || !is_ours(lock)) return std::nullopt;
  if (!concerns_us(*resign)) return resign;
  resign->acknowledged = true;
  if (request.record.holder.empty()) resign->release = request.claim.nonce;
  return resign;
}

// A candidate that has resigned does not stand again until another has led or a whole lease has
// passed.
void Election::bar_if_resigned(Now now) {
  if (!std::exchange(resigned_, false)) return;
  barred_until_ = now.boot + Duration(config_.timing.lease_duration);
}

// When to write at this vacancy: after the random delay. A vacancy that was made for a named
// successor is left to that candidate for a retry period; the successor has no rivals to wait for.
BootTime Election::turn_at() const {
  BootTime at = try_at_;
  for (const Lock& lock : locks_) {
    const std::string_view successor = released_for(lock.tracker.seen());
    if (successor.empty()) continue;
    if (successor == config_.identity) return *vacant_since_;
    at = std::max(at, *vacant_since_ + config_.timing.retry_period);
  }
  return at;
}

// ---- Giving back ------------------------------------------------------------------------------

void Election::begin_release() {
  assert(!work_runs_);
  phase_ = Phase::kReleasing;
}

// Whether what a term without office has of the locks may be given back. A lock that was deleted,
// emptied or restored is waited out by every candidate, because its former holder may not know.
// Given back meanwhile, this term's record would be free at once to candidates that did not see
// that. It runs out by itself instead.
bool Election::may_give_back(Now now) const {
  return now.boot >= office_after_ &&
         std::none_of(locks_.begin(), locks_.end(), [&](const Lock& lock) {
           return now.boot < free_at(lock) &&
                  (!lock.tracker.names_holder() || lock.tracker.restored());
         });
}

void Election::give_back(Now now) {
  bool clean = true;
  BootTime runs_out{};
  for (Lock& lock : locks_) {
    runs_out = std::max(runs_out, lock.last_hold + Duration(term_.timing.lease_duration));
    const bool ours = shows_ours(lock);
    if (!lock.in_flight && !lock.read_wanted && !ours && !lock.may_land_on) continue;
    clean = false;
    if (lock.in_flight) continue;
    if (lock.read_wanted) {
      look_if_wanted(lock, now);
    } else if (!ours && lock.tracker.names_holder()) {
      // A write of ours may still land on another holder's record, which has run out. A release
      // written over that record would make all others wait for its holder once more.
      poll(lock, now);
    } else if (due(lock.not_before, now)) {
      send_write(lock, released_record(lock.tracker.seen().record.transitions, now.wall), now);
    }
  }
  if (clean || due(runs_out, now)) end_release(clean, now);
}

void Election::end_release(bool clean, Now now) {
  BootTime runs_out{};
  for (const Lock& lock : locks_) {
    runs_out = std::max(runs_out, lock.last_hold + Duration(term_.timing.lease_duration));
  }
  bar_if_resigned(now);
  report({.kind = clean ? Report::Kind::kReleased : Report::Kind::kReleaseFailed,
          .hold_until = runs_out});
  phase_ = Phase::kFollowing;
}

}  // namespace elector::core
