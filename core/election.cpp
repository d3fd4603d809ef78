// SPDX-License-Identifier: Apache-2.0
// The election's inputs, outputs and facts. What it does about them is in election_steps.cpp, and
// the requests it sends are in election_requests.cpp.
#include "core/election.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace elector::core {

Election::Election(Config config)
    : config_(std::move(config)), random_(config_.seed), stampede_(config_.timing.retry_period) {
  assert(!config_.identity.empty() && !config_.instance.empty());
  assert(!config_.timing.check());
  assert(!config_.lock_precisions.empty() && config_.lock_precisions.size() <= 2);
  term_.timing = config_.timing;
  for (const Duration precision : config_.lock_precisions) {
    locks_.push_back(
        {.tracker = LockTracker(config_.timing.lease_duration), .precision = precision});
  }
}

// ---- Inputs -----------------------------------------------------------------------------------

void Election::start(Now now) {
  for (Lock& lock : locks_) lock.read_wanted = true;
  step(now);
}

void Election::observe(std::size_t index, const Observation& seen, Now now) {
  check_hold(now);
  note_observation(locks_.at(index), seen, Source::kEvent, now);
  step(now);
}

void Election::watching(std::size_t index, bool established, Now now) {
  check_hold(now);
  Lock& lock = locks_.at(index);
  if (lock.watched && !established) lock.last_look = now.boot;
  lock.watched = established;
  step(now);
}

void Election::missed_events(std::size_t index, Now now) {
  check_hold(now);
  Lock& lock = locks_.at(index);
  // While leading, the next renewal shows the same.
  if (phase_ != Phase::kLeading) lock.read_wanted = true;
  step(now);
}

void Election::tick(Now now) {
  check_hold(now);
  step(now);
}

void Election::stand(bool wish, Now now) {
  check_hold(now);
  wish_ = wish;
  if (!wish && phase_ == Phase::kLeading && !stepping_down_) step_down(StopReason::kWish, {});
  step(now);
}

void Election::work_stopped(Now now) {
  check_hold(now);
  work_runs_ = false;
  if (phase_ == Phase::kLeading) begin_release();
  step(now);
}

void Election::answer(const Answer& answer, Now now) {
  check_hold(now);
  const auto it = std::find_if(locks_.begin(), locks_.end(), [&](const Lock& lock) {
    return lock.in_flight && lock.in_flight->request == answer.id;
  });
  if (it != locks_.end()) {
    const InFlight asked = *std::exchange(it->in_flight, std::nullopt);
    if (asked.verb == Verb::kGet) {
      settle_read(*it, answer, now);
    } else {
      settle_write(*it, asked, answer, now);
    }
  }
  step(now);
}

// ---- Interpretation ---------------------------------------------------------------------------

void Election::check_hold(Now now) {
  if (phase_ != Phase::kLeading || holds(now)) return;
  lose(now.boot >= hold_until() ? LossReason::kDeadline : LossReason::kClockJump, now);
}

Change Election::note_observation(Lock& lock, const Observation& seen, Source source, Now now) {
  const BootTime held_until = lock.tracker.free_at();
  const bool held = lock.tracker.known() && !lock.tracker.assumes_holder() &&
                    !lock.tracker.last_held_by(config_.instance);
  const Change change = lock.tracker.observe(seen, source, now.boot, now.wall);
  if (change == Change::kOlder) return change;
  // A write of an earlier term that a restored store shows proves nothing: another candidate may
  // have taken the lock since. Only a term that is under way is known to have no successor.
  if (change == Change::kRecord && lock.tracker.restored()) {
    const bool in_term = phase_ == Phase::kAcquiring || phase_ == Phase::kLeading;
    lock.tracker.forget_writes_before(in_term ? term_.number : term_.number + 1);
  }
  if (lock.may_land_on && *lock.may_land_on != seen.version) lock.may_land_on.reset();
  // Between another holder's record and this write lies a deletion: our create was on its way, and
  // meanwhile the lock was seen held. As for any deleted lock, that holder is waited out.
  if (held && is_ours(lock)) office_after_ = std::max(office_after_, held_until);
  if (source == Source::kRead) lock.confirmed = true;
  if (source == Source::kEvent && change != Change::kNone) {
    lock.confirmed = false;
    // The new state answers what the read was for: a write of ours that is not in this version was
    // based on an older one, and can no longer happen.
    lock.read_wanted = false;
  }
  if (change == Change::kRecord) {
    note_namesake(lock, now);
    if (lock.tracker.names_holder() && lock.tracker.mine() == nullptr) barred_until_ = BootTime{};
  }
  prove(lock, now);
  return change;
}

// Reports at most hourly that another process stands under this one's identity: it may be an
// earlier run until its record is seen to be renewed. A restored store may show a forgotten write
// of this very process.
void Election::note_namesake(Lock& lock, Now now) {
  const bool before = lock.namesake;
  const Observation& seen = lock.tracker.seen();
  const Claim* claim = fresh_claim(seen);
  lock.namesake = lock.tracker.holder() == config_.identity && lock.tracker.mine() == nullptr &&
                  (claim == nullptr || claim->instance != config_.instance);
  if (!lock.namesake || phase_ == Phase::kLeading) return;
  const std::string instance = claim != nullptr ? claim->instance : std::string();
  // An edit of its record is no sign of life.
  const bool renewed = before && lock.namesake_instance == instance &&
                       seen.record.renew_time > lock.namesake_renew_time;
  lock.namesake_instance = instance;
  lock.namesake_renew_time = seen.record.renew_time;
  if (renewed) {
    notice(lock, "twin",
           "another process runs with this candidate's own name, " + config_.identity +
               ", and holds the lock; give each candidate its own --id",
           now);
  } else {
    notice(lock, "namesake",
           "the lock names " + config_.identity +
               ", this candidate's own name, but another process wrote it: an earlier run, or a "
               "second process with the same --id; waiting for the lease to expire",
           now);
  }
}

// Reports that another program changed the lock of this leader, which writes its record again, or
// must stop leading if the record still names it.
void Election::note_tampering(Lock& lock, Now now) {
  const Content content = lock.tracker.seen().content;
  if (lock.tracker.names_holder()) {
    notice(lock, "overwritten",
           "the lock was overwritten while this process led, and still names " + config_.identity +
               ": it was edited, or a second process has the same --id; give each candidate its "
               "own --id",
           now);
    return;
  }
  if (lock.tracker.restored()) {
    notice(lock, "restored",
           "the API server shows an earlier state of the lock while this process leads: its store "
           "was restored; writing the record again",
           now);
    return;
  }
  const std::string what = content == Content::kAbsent       ? "deleted"
                           : content == Content::kUnreadable ? "damaged"
                                                             : "cleared";
  notice(lock, what,
         "the lock was " + what +
             " by another program while this process led; writing it again. To have another "
             "candidate lead, use `elector resign`",
         now);
}

// Reports what may come again and again: each kind at most hourly.
void Election::notice(const Lock& lock, const std::string& kind, std::string text, Now now) {
  if (!notices_[kind].due("", now.boot)) return;
  report({.kind = Report::Kind::kNotice, .lock = index_of(lock), .text = std::move(text)});
}

// If the lock shows a write of this term, the hold counts from when that write was sent. A write
// that is too late proves nothing: an ended term never resumes.
void Election::prove(Lock& lock, Now now) {
  if (phase_ != Phase::kAcquiring && phase_ != Phase::kLeading) return;
  if (!is_ours(lock)) return;
  const SentWrite& write = *lock.tracker.mine();
  if (now.boot >= write.sent_at.boot + term_.timing.renew_deadline) return;
  if (lock.proven && lock.proven->boot >= write.sent_at.boot) return;
  lock.proven = write.sent_at;
  lock.failures = 0;
  if (phase_ == Phase::kLeading) {
    report({.kind = Report::Kind::kRenewed,
            .hold_until = hold_until(),
            .gone_by = gone_by(),
            .lock = index_of(lock)});
    return;
  }
  const std::string& version = lock.tracker.seen().version;
  if (term_.token.empty() || compare_versions(version, term_.token) > 0) term_.token = version;
}

void Election::settle_read(Lock& lock, const Answer& answer, Now now) {
  if (answer.outcome != Outcome::kOk && answer.outcome != Outcome::kNotFound) {
    fail(lock, Verb::kGet, answer, now);
    return;
  }
  // A read that shows the past does not show the present state.
  lock.read_wanted = note_observation(lock, answer.object, Source::kRead, now) == Change::kOlder;
  if (lock.read_wanted) {
    lock.not_before = now.boot + term_.timing.retry_period / 4;
  } else {
  }
}

void Election::settle_write(Lock& lock, const InFlight& asked, const Answer& answer, Now now) {
  switch (answer.outcome) {
    case Outcome::kOk: {
      // The API accepts a PUT that changes nothing and keeps the version: nothing was renewed.
      if (asked.verb == Verb::kUpdate && answer.object.version == asked.version) {
        Answer unchanged = answer;
        unchanged.message = "the API server treated the write as one without changes";
        fail(lock, asked.verb, unchanged, now);
        return;
      }
      note_observation(lock, answer.object, Source::kRead, now);
      const SentWrite* shown = lock.tracker.mine();
      // If anything but our write came back, only a read shows what is in the lock, unless an event
      // newer than this answer has already done so.
      if (shown == nullptr &&
          compare_versions(lock.tracker.seen().version, answer.object.version) <= 0) {
        lock.read_wanted = true;
      }
      return;
    }
    case Outcome::kConflict:
    case Outcome::kNotFound:
      conflict_ = now.boot - asked.sent_at;
      if (asked.verb == Verb::kCreate) lock.tracker.exists_unseen(now.boot);
      if (phase_ == Phase::kLeading || phase_ == Phase::kReleasing) {
        ++lock.failures;
        lock.not_before = now.boot + backoff(lock, answer, now);
      }
      // The event that explains it may have come before this answer, or come soon.
      if (asked.verb == Verb::kCreate
              ? lock.tracker.seen().content != Content::kAbsent
              : compare_versions(lock.tracker.seen().version, asked.version) > 0) {
        return;
      }
      lock.read_wanted = true;
      if (lock.watched && phase_ == Phase::kAcquiring) {
        lock.not_before = now.boot + term_.timing.retry_period / 4;
      }
      return;
    case Outcome::kUnknown:
      lock.read_wanted = true;
      lock.may_land_on = asked.version;
      fail(lock, asked.verb, answer, now);
      return;
    case Outcome::kForbidden:
    case Outcome::kRefused:
      fail(lock, asked.verb, answer, now);
      return;
  }
}

// ---- Outputs ----------------------------------------------------------------------------------

std::vector<Request> Election::take_requests() {
  return std::exchange(requests_, {});
}

std::vector<Report> Election::take_reports() {
  return std::exchange(reports_, {});
}

std::optional<BootTime> Election::next_wake() const {
  return wake_;
}

bool Election::holds(Now now) const {
  return phase_ == Phase::kLeading && now.boot < hold_until() && !wall_clock_jumped(now);
}

BootTime Election::hold_until() const {
  BootTime until = BootTime::max();
  for (const Lock& lock : locks_) {
    if (!lock.proven) return BootTime{};
    until = std::min(until, lock.proven->boot + term_.timing.renew_deadline);
  }
  return until;
}

BootTime Election::gone_by() const {
  return hold_until() + (term_.timing.kill_deadline() - term_.timing.renew_deadline);
}

bool Election::at_rest() const {
  return phase_ == Phase::kFollowing && !work_runs_ &&
         std::none_of(locks_.begin(), locks_.end(),
                      [](const Lock& lock) { return lock.is_writing(); });
}

View Election::view(Now now) const {
  const LockTracker& primary = locks_.front().tracker;
  View view;
  view.observed = all_known();
  view.seems_dead = phase_ == Phase::kFollowing && (seems_dead() || waits_out_nobody(now));
  view.leader = leader_name(now);
  view.is_leader = !view.leader.empty() && phase_ == Phase::kLeading;
  view.observed_at = primary.observed_at();
  if (primary.known()) {
    view.content = primary.seen().content;
    view.unread = primary.seen().unread;
    view.strategy = primary.seen().strategy;
  }
  if (phase_ == Phase::kFollowing && primary.names_holder()) {
    view.free_at = primary.free_at();
    for (const Lock& lock : locks_) view.free_at = std::max(*view.free_at, lock.tracker.free_at());
  }
  if (view.content == Content::kRecord) {
    view.record = primary.seen().record;
  }
  if (view.is_leader) {
    view.expires_at = hold_until();
    view.token = term_.token;
  } else if (!view.leader.empty()) {
    BootTime until = BootTime::max();
    for (const Lock& lock : locks_) until = std::min(until, lock.tracker.runs_out_at());
    view.expires_at = until;
  }
  return view;
}

std::string Election::leader_name(Now now) const {
  if (phase_ == Phase::kLeading) return holds(now) && !stepping_down_ ? config_.identity : "";
  std::string leader = common_holder();
  // This process does not lead, so a record with its identity is from an ended term, an earlier
  // process or a namesake. Clients of this process take that identity for this process and must not
  // be given it.
  if (leader == config_.identity || seems_dead()) return "";
  for (const Lock& lock : locks_) {
    if (now.boot >= lock.tracker.runs_out_at()) return "";
  }
  return leader;
}

bool Election::seems_dead() const {
  return std::any_of(locks_.begin(), locks_.end(),
                     [](const Lock& lock) { return lock.tracker.seems_dead(); });
}

bool Election::waits_out_nobody(Now now) const {
  return all_known() && !vacant(now) &&
         std::none_of(locks_.begin(), locks_.end(),
                      [](const Lock& lock) { return lock.tracker.names_holder(); });
}

void Election::report_leader(Now now) {
  if (!all_known()) return;
  for (const Lock& lock : locks_) {
    if (lock.tracker.names_holder()) due(lock.tracker.runs_out_at(), now);
  }
  const std::string name = leader_name(now);
  if (name == reported_leader_) return;
  reported_leader_ = name;
  report({.kind = Report::Kind::kLeaderChanged, .name = name});
}

// ---- Facts ------------------------------------------------------------------------------------

std::size_t Election::index_of(const Lock& lock) const {
  return static_cast<std::size_t>(&lock - locks_.data());
}

bool Election::all_known() const {
  return std::all_of(locks_.begin(), locks_.end(),
                     [](const Lock& lock) { return lock.tracker.known(); });
}

// Whether the lock shows a write of the present term that holds it.
bool Election::is_ours(const Lock& lock) const {
  const SentWrite* write = lock.tracker.mine();
  return write != nullptr && !write->release && write->term == term_.number;
}

// Whether the lock names this process because of a write that none of its terms depends on, any
// more or ever. No other process holds it, so it need not be waited out.
bool Election::is_own_leftover(const Lock& lock) const {
  const SentWrite* write = lock.tracker.mine();
  return write != nullptr && !write->release &&
         (phase_ == Phase::kFollowing || write->term != term_.number);
}

// Whether the lock shows a write of this process that holds it.
bool Election::shows_ours(const Lock& lock) const {
  const SentWrite* write = lock.tracker.mine();
  return write != nullptr && !write->release;
}

// Whether a write of this process holds the lock, or may do so unseen: a read that overtook the
// write does not prove that it was lost. Only another version of the object keeps it out.
bool Election::may_be_ours(const Lock& lock) const {
  return shows_ours(lock) || lock.may_land_on;
}

BootTime Election::free_at(const Lock& lock) const {
  return is_own_leftover(lock) ? BootTime::min() : lock.tracker.free_at();
}

bool Election::vacant(Now now) const {
  return all_known() && std::all_of(locks_.begin(), locks_.end(),
                                    [&](const Lock& lock) { return now.boot >= free_at(lock); });
}

bool Election::wall_clock_jumped(Now now) const {
  const Duration margin = Duration(term_.timing.lease_duration) - term_.timing.renew_deadline;
  return wall_clock_jump(now) > margin;
}

// How far the wall clock has stepped forward since the hold was last proven.
Duration Election::wall_clock_jump(Now now) const {
  Duration jump{};
  for (const Lock& lock : locks_) {
    if (lock.proven) jump = std::max(jump, wall_lead(now) - wall_lead(*lock.proven));
  }
  return jump;
}

// The holder that all lock objects name; "" if they differ: a half-held multi-lock has no holder.
std::string Election::common_holder() const {
  std::string holder = locks_.front().tracker.holder();
  const bool agreed = std::all_of(locks_.begin(), locks_.end(), [&](const Lock& lock) {
    return lock.tracker.holder() == holder;
  });
  return agreed ? holder : "";
}

bool Election::due(BootTime at, Now now) {
  if (now.boot >= at) return true;
  wake_ = wake_ ? std::min(*wake_, at) : at;
  return false;
}

}  // namespace elector::core
