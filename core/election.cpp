// The election's inputs, outputs and facts. What it does about them is in election_steps.cpp, and
// what it asks of the API in election_requests.cpp.
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
  // In office the next renewal tells as much.
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

// ---- What they mean ---------------------------------------------------------------------------

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
  // What a restored store shows of our earlier terms proves nothing: another may have come to hold
  // the lock since. Only a term that is under way is known to have no successor.
  if (change == Change::kRecord && lock.tracker.restored()) {
    const bool in_term = phase_ == Phase::kAcquiring || phase_ == Phase::kLeading;
    lock.tracker.forget_writes_before(in_term ? term_.number : term_.number + 1);
  }
  if (lock.may_land_on && *lock.may_land_on != seen.version) lock.may_land_on.reset();
  // Between another's record and this write of ours lies a deletion: our create was on its way,
  // and we had meanwhile seen the lock held. As for any lock that was deleted, that is waited out.
  if (held && is_ours(lock)) office_after_ = std::max(office_after_, held_until);
  if (source == Source::kRead) lock.confirmed = true;
  if (source == Source::kEvent && change != Change::kNone) {
    lock.confirmed = false;
    // What the lock has become settles what a read was wanted for: a write of ours that is not in
    // this version was based on an older one, and can no longer happen.
    lock.read_wanted = false;
  }
  if (change == Change::kRecord) {
    note_namesake(lock);
    if (lock.tracker.names_holder() && lock.tracker.mine() == nullptr) barred_until_ = BootTime{};
  }
  prove(lock, now);
  return change;
}

// Says so, once, if another process stands under this one's name. A restored store may show a write
// of this very process that is forgotten.
void Election::note_namesake(Lock& lock) {
  const bool before = lock.namesake;
  const Claim* claim = fresh_claim(lock.tracker.seen());
  lock.namesake = lock.tracker.holder() == config_.identity && lock.tracker.mine() == nullptr &&
                  (claim == nullptr || claim->instance != config_.instance);
  if (!lock.namesake || before) return;
  report({.kind = Report::Kind::kNotice,
          .lock = index_of(lock),
          .text = "the lock names " + config_.identity +
                  ", this process's own name, but another process wrote that: an earlier run, "
                  "or a second process with the same --id; waiting it out"});
}

// If the lock shows a write of this term, the hold counts from that write's sending. Too late is no
// proof: an ended term never resumes.
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
  // A read that shows the past does not say how things stand.
  lock.read_wanted = note_observation(lock, answer.object, Source::kRead, now) == Change::kOlder;
  if (lock.read_wanted) {
    lock.not_before = now.boot + term_.timing.retry_period / 4;
  } else {
  }
}

void Election::settle_write(Lock& lock, const InFlight& asked, const Answer& answer, Now now) {
  switch (answer.outcome) {
    case Outcome::kOk: {
      // The API takes a PUT that changes nothing for done and keeps the version: it renewed
      // nothing.
      if (asked.verb == Verb::kUpdate && answer.object.version == asked.version) {
        Answer unchanged = answer;
        unchanged.message = "the API took it for a write that changes nothing";
        fail(lock, asked.verb, unchanged, now);
        return;
      }
      note_observation(lock, answer.object, Source::kRead, now);
      const SentWrite* shown = lock.tracker.mine();
      // Whatever came back instead of our write, only a read tells what is in the lock. But an
      // event that is newer than this answer has told already.
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
      // The event that tells why may have come before this answer, or come soon.
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
  // We do not lead, so a record that names us is from an ended term, an earlier process or a
  // namesake. Whoever asks us takes our name for us: it must not hear it.
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

// The lock shows a write of the present term that holds it.
bool Election::is_ours(const Lock& lock) const {
  const SentWrite* write = lock.tracker.mine();
  return write != nullptr && !write->release && write->term == term_.number;
}

// The lock names us because of a write that no term of ours rests on any more, or never did. Nobody
// else holds it, so it need not be waited out.
bool Election::is_own_leftover(const Lock& lock) const {
  const SentWrite* write = lock.tracker.mine();
  return write != nullptr && !write->release &&
         (phase_ == Phase::kFollowing || write->term != term_.number);
}

// A write of ours that holds the lock is in it.
bool Election::shows_ours(const Lock& lock) const {
  const SentWrite* write = lock.tracker.mine();
  return write != nullptr && !write->release;
}

// A write of ours holds the lock, or may do so without being seen: a read that overtook the write
// does not prove that it was lost. Only another version of the object keeps it out.
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

// Whom all lock objects name, "" if they do not agree: a half-held multi-lock is nobody's.
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
