// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/sim/checks.h"

#include <algorithm>
#include <chrono>

#include "tests/protocol/sim/candidate.h"
#include "tests/protocol/sim/faults.h"
#include "tests/protocol/sim/world.h"

namespace elector::tests {

using core::Content;
using core::Duration;
using core::Observation;
using std::chrono::seconds;

namespace {

// Whether this process's record, written by itself, names it as the holder.
bool holds(const Candidate& who, const Observation& seen) {
  const core::Claim* claim = claim_of(seen);
  return claim != nullptr && claim->instance == who.instance() && !seen.record.holder.empty();
}

}  // namespace

Checks::Checks(World& world)
    : world_(world),
      apart_(world),
      ended_(world.plan().hosts.size(), 0),
      vacancies_(world.plan().precisions.size()) {}

void Checks::step() {
  one_leader(0);
  if (world_.plan().two_kinds) one_leader(1);
  ended_terms_stay_ended();
  views();
  vacancies();
}

// ---- 1 and 2: one leader, one work ------------------------------------------------------------

void Checks::one_leader(std::size_t election) {
  leaders_.clear();
  workers_.clear();
  for (const auto& host : world_.hosts()) {
    if (world_.plan().election_of(host->plan()) != election) continue;
    if (host->frozen()) continue;  // its belief and its work stand still
    if (host->claims()) {
      for (const Host* other : leaders_) {
        if (apart_.forgives(*other, *host, false)) continue;
        world_.fail("1", std::string(other->name()) + " and " + std::string(host->name()) +
                             " both believe that they lead");
      }
      leaders_.push_back(host.get());
    }
    if (host->works()) {
      for (const Host* other : workers_) {
        if (apart_.forgives(*other, *host, true)) continue;
        world_.fail("2", "the work of " + std::string(other->name()) + " and of " +
                             std::string(host->name()) + " runs");
      }
      const auto* who = dynamic_cast<const Candidate*>(host.get());
      if (who->owner().several() && !apart_.forgives_former(*who)) {
        world_.fail("2", "the work of several terms runs on " + std::string(who->name()));
      }
      workers_.push_back(host.get());
    }
  }
}

void Checks::ended_terms_stay_ended() {
  for (const Candidate* who : world_.candidates()) {
    std::uint64_t& ended = ended_.at(who->index());
    // A step of the wall clock alone ends a term only once the election is informed of it.
    if (!who->in_office() || who->local().boot >= who->election()->hold_until()) {
      ended = who->terms();
    } else if (ended == who->terms() && who->claims()) {
      world_.fail("1", "a term of " + std::string(who->name()) + " that had ended goes on");
    }
  }
}

// ---- 5: fencing tokens ------------------------------------------------------------------------

void Checks::elected(const Candidate& who, const core::Report& report) {
  token(who, report.token);
  if (who.works() && !apart_.forgives_former(who)) {
    world_.fail("2", "its former work still runs at " + std::string(who.name()));
  }
  for (const auto& other : world_.hosts()) {
    if (other.get() == &who || other->frozen() || !(other->claims() || other->works())) continue;
    const Plan& plan = world_.plan();
    if (plan.election_of(other->plan()) != plan.election_of(who.plan())) continue;
    if (apart_.forgives(who, *other, !other->claims())) continue;
    world_.fail("1", std::string(who.name()) + " is told that it leads while " +
                         std::string(other->name()) + " does");
  }
  world_.note_election(who);
}

void Checks::token(const Candidate& who, const std::string& text) {
  std::uint64_t& last_token = last_tokens_.at(world_.plan().election_of(who.plan()));
  const std::uint64_t number = text.empty() ? 0 : std::stoull(text);
  if (const auto excuse = late_token(who, text); excuse && number <= last_token) {
    ++world_.tally().apart.at(static_cast<std::size_t>(*excuse));
    return;
  }
  if (number <= last_token) {
    world_.fail("5", "token " + text + " of " + std::string(who.name()) + " after token " +
                         std::to_string(last_token));
  }
  if (!written_before_restore(who, text)) last_token = number;
  for (const std::size_t object : who.plan().objects) {
    const auto& history = world_.api().model().history(object);
    const auto found = std::find_if(history.rbegin(), history.rend(), [&](const Observation& seen) {
      return seen.version == text && holds(who, seen);
    });
    if (found == history.rend()) continue;
    const auto before = std::find_if(found, history.rend(), [&](const Observation& seen) {
      return seen.record.holder != found->record.holder ||
             seen.record.acquire_time != found->record.acquire_time;
    });
    if (before != history.rend() && world_.plan().tampering == Tampering::kNone &&
        before->content == core::Content::kRecord &&
        found->record.transitions <= before->record.transitions) {
      world_.fail("terms", "the term of token " + text + " does not count as one more");
    }
    return;
  }
  world_.fail("5", "token " + text + " is not the version of a write of " +
                       std::string(who.name()) + " that holds the lock");
}

// Returns why a token may be smaller than an earlier one: the term was over by then.
std::optional<Excuse> Checks::late_token(const Candidate& who, const std::string& text) const {
  if (who.pause_hides_claim()) return Excuse::kUnseenPause;
  if (overthrown(who, text)) return Excuse::kTampering;
  if (versions_reused()) return Excuse::kVersionsReused;
  if (written_before_restore(who, text)) return Excuse::kRestored;
  // Of two locks the first was taken before the restore, and the token is the second's.
  if (world_.api().restored_at() && apart_.began_before_restore(who)) return Excuse::kRestored;
  return std::nullopt;
}

bool Checks::written_before_restore(const Candidate& who, const std::string& text) const {
  const auto& objects = who.plan().objects;
  return std::any_of(objects.begin(), objects.end(), [&](std::size_t object) {
    const auto& history = world_.api().model().history(object);
    for (std::size_t i = 0; i < world_.api().restored_from(object); ++i) {
      if (history.at(i).version == text && holds(who, history.at(i))) return true;
    }
    return false;
  });
}

// Whether a client that is not a candidate wrote what follows the term of this token, or deleted
// it.
bool Checks::overthrown(const Candidate& who, const std::string& text) const {
  const Tampering tampering = world_.plan().tampering;
  if (tampering != Tampering::kUsurp && tampering != Tampering::kVanish) return false;
  const auto& objects = who.plan().objects;
  return std::any_of(objects.begin(), objects.end(), [&](std::size_t object) {
    const auto& history = world_.api().model().history(object);
    const auto acquired =
        std::find_if(history.begin(), history.end(),
                     [&](const Observation& seen) { return seen.version == text; });
    const auto next = std::find_if(acquired, history.end(), [&](const Observation& seen) {
      return seen.content != Content::kRecord || seen.record.holder != acquired->record.holder ||
             seen.record.acquire_time != acquired->record.acquire_time;
    });
    if (next == history.end()) return false;
    const core::Claim* claim = claim_of(*next);
    if (tampering == Tampering::kVanish) {
      const bool emptied = next->record.holder.empty() && claim == nullptr;
      return next->content != Content::kRecord || (emptied && !world_.plan().mixed());
    }
    return next->record.holder == kUsurper || (claim != nullptr && claim->forced);
  });
}

// ---- 6: what is reported about the leader ------------------------------------------------------

// Checks one candidate at each step: an error stays until something happens to that candidate, and
// then said() checks it.
void Checks::views() {
  const auto& all = world_.candidates();
  if (all.empty()) return;
  const Candidate& who = *all.at(world_.tally().steps % all.size());
  if (who.running()) view_of(who);
}

void Checks::view_of(const Candidate& who) {
  const core::Now now = who.local();
  const core::View view = who.election()->view(now);
  const std::string name(who.name());
  const bool claims = who.claims();
  if (view.leader == who.plan().identity && !claims) {
    return world_.fail("6", name + " names itself and does not lead");
  }
  if (view.is_leader != (view.leader == who.plan().identity) ||
      view.token.empty() == view.is_leader) {
    return world_.fail("6", name + " gives a view that contradicts itself");
  }
  if (who.in_office()) {
    if (!view.leader.empty() && !view.is_leader) {
      world_.fail("6", name + " leads and names " + view.leader);
    }
    return;
  }
  if (versions_reused()) return;  // the present state is then not known
  const auto expected = who.witness()->leader(now.boot);
  if (expected && view.leader != *expected) {
    world_.fail("6", name + " names \"" + view.leader + "\" and was shown \"" + *expected + "\"");
  }
}

void Checks::said(const Candidate& who) {
  const core::View view = who.election()->view(who.local());
  if (view.leader != who.said()) {
    world_.fail("6", std::string(who.name()) + " said that \"" + who.said() +
                         "\" leads and serves \"" + view.leader + "\"");
  }
  view_of(who);
}

void Checks::released(const Candidate& who) {
  // A deletion that shows late and without a version, or a read of the past, is taken for the
  // present.
  const Plan& plan = world_.plan();
  if (plan.tampering != Tampering::kNone && !who.plan().deletions_have_versions) return;
  if (plan.enabled(Fault::kStaleReads) || versions_reused()) return;
  for (const std::size_t object : who.plan().objects) {
    const Observation seen = world_.api().model().get(object);
    if (is_as_restored(object)) continue;
    // A namesake may have written its own record in the same second, under this one's claim.
    if (holds(who, seen) && is_as_claimed(object) && !came_upon_restored(who, object)) {
      world_.fail("release", std::string(who.name()) + " says it gave the lock back and holds it");
    }
    if (who.may_still_hold(object, seen.version)) {
      world_.fail("release", std::string(who.name()) +
                                 " says it gave the lock back, and its write may still take it");
    }
  }
}

// Whether the store shows what it was restored to.
bool Checks::is_as_restored(std::size_t object) const {
  const std::size_t from = world_.api().restored_from(object);
  const auto& history = world_.api().model().history(object);
  return from != 0 && same_write(history.at(from), history.back());
}

// Of two lock objects one may be looked at only when the other is free: the second once the first
// was taken, and the first when a candidate for the second alone has led. The restore is noticed
// then, and waited out.
bool Checks::one_of_two_is_as_restored(const Candidate& who) const {
  const auto& objects = who.plan().objects;
  return objects.size() > 1 && std::any_of(objects.begin(), objects.end(), [&](std::size_t object) {
           return is_as_restored(object);
         });
}

// Whether a restored store assigns versions a second time; no guarantee that compares them then
// holds.
bool Checks::versions_reused() const {
  return world_.api().restored_at() && world_.plan().versions == Versions::kReuse;
}

void Checks::restored() {
  last_tokens_ = {};
}

// After a restore, a write of the same process's former term may arrive again.
bool Checks::is_of_term(const Candidate& who, const Observation& seen) const {
  if (!world_.api().restored_at()) return true;
  const auto& history = world_.api().model().history(who.plan().objects.front());
  return std::any_of(history.rbegin(), history.rend(), [&](const Observation& first) {
    return number_of(first) == who.token() && first.record.acquire_time == seen.record.acquire_time;
  });
}

// Whether the record is the one that its claim was written with. A client that is not elector may
// write another with the same name in the same second, and carries the claim along.
bool Checks::is_as_claimed(std::size_t object) const {
  const auto& history = world_.api().model().history(object);
  const core::Claim* claim = claim_of(history.back());
  if (claim == nullptr) return false;
  const auto first = std::find_if(history.begin(), history.end(), [&](const Observation& seen) {
    return seen.claim && seen.claim->nonce == claim->nonce;
  });
  return first->record == history.back().record;
}

// Whether the write that is shown was already there before the latest restore: a proxy has repeated
// it late. Its author remembers only a limited number of its writes.
bool Checks::is_repeated_after_restore(std::size_t object) const {
  const auto& history = world_.api().model().history(object);
  const core::Claim* claim = claim_of(history.back());
  if (claim == nullptr || !world_.api().restored_at()) return false;
  const auto first = std::find_if(history.begin(), history.end(), [&](const Observation& seen) {
    return seen.claim && seen.claim->nonce == claim->nonce;
  });
  return static_cast<std::size_t>(first - history.begin()) < world_.api().restored_from(object);
}

// Whether the write that is shown was on its way when the store was restored, and met a version
// that the restore had brought back. Its author does not count it as its own, since a candidate
// that has led since may not know of the restore.
bool Checks::came_upon_restored(const Candidate& who, std::size_t object) const {
  const core::Claim* claim = claim_of(world_.api().model().history(object).back());
  if (claim == nullptr || !world_.api().restored_at()) return false;
  const auto sent = who.really_sent_at(claim->nonce);
  return sent && *sent < *world_.api().restored_at();
}

// A leader keeps what it can keep: it does not believe an old event, and its renewals come in time
// while nothing goes wrong.
void Checks::lost(const Candidate& who, core::LossReason reason) {
  const Plan& plan = world_.plan();
  const auto& objects = who.plan().objects;
  const auto still_holds = [&](std::size_t object) {
    const Observation seen = world_.api().model().get(object);
    return holds(who, seen) && is_as_claimed(object) && !is_as_restored(object) &&
           !is_repeated_after_restore(object) && is_of_term(who, seen);
  };
  // A rival of its name may have written the same record in the same second.
  const auto& hosts = world_.plan().hosts;
  const bool has_namesake = std::any_of(hosts.begin(), hosts.end(), [&](const HostPlan& host) {
    return host.rival() && host.identity == who.plan().identity;
  });
  if (reason == core::LossReason::kTaken && !versions_reused() && !has_namesake &&
      !world_.api().network().impaired(who.index()) &&
      std::all_of(objects.begin(), objects.end(), still_holds)) {
    world_.fail("4", std::string(who.name()) + " gives up a lock that nobody took");
  }
  const core::Timing& timing = who.plan().timing;
  const Duration spare = timing.renew_deadline - timing.retry_period;
  const Duration trouble = plan.delay_most * 8 + plan.lateness * 2;
  if (reason == core::LossReason::kDeadline && plan.one_lease() && spare > trouble * 4 &&
      undisturbed(who, plan.longest_lease() * 2)) {
    world_.fail("4", std::string(who.name()) + " lets its hold run out, and nothing is wrong");
  }
}

// Whether this candidate's clock may run so fast that a lease ends on it between two renewals of a
// leader that renews in time. It then competes without success, and reads after the conflict.
bool Checks::clock_outruns_renewals(const Candidate& who) const {
  const Plan& plan = world_.plan();
  Duration lease = Duration::max();
  Duration renewal{};
  for (const HostPlan& host : plan.hosts) {
    if (!host.candidate()) continue;
    lease = std::min(lease, Duration(host.timing.lease_duration));
    renewal = std::max(renewal, host.timing.retry_period);
  }
  const Duration shown_within = renewal + plan.lateness + plan.delay_most + plan.lag_most;
  return lease / who.plan().rate_most * kExactRate < shown_within;
}

// A working watch makes reading needless while a term lasts. (Edits and requests by others make a
// leader read, and so does a lost race for a vacancy.)
void Checks::reads(const Candidate& who) {
  const Plan& plan = world_.plan();
  const Real now = world_.schedule().now();
  if (now < world_.ask_check().wrote_at() + plan.longest_lease() * 3) return;
  if (!who.watches() || plan.edit_every > Duration::zero() || plan.mixed() || plan.two_kinds ||
      world_.api().restored_at() || clock_outruns_renewals(who) ||
      !undisturbed(who, plan.longest_lease() * 3)) {
    return;
  }
  const auto& all = world_.candidates();
  const bool settled = std::any_of(all.begin(), all.end(), [&](const Candidate* leader) {
    return leader->claims() && undisturbed(*leader, plan.longest_lease()) &&
           now > leader->elected_at() + plan.longest_lease();
  });
  if (!settled) return;
  world_.fail("waste", std::string(who.name()) + " reads what its watch shows");
}

// ---- 4: there is a leader soon ----------------------------------------------------------------

void Checks::changed(std::size_t object) {
  const auto& history = world_.api().model().history(object);
  const Observation& seen = history.back();
  if (history.size() > 1 && same_write(history.at(history.size() - 2), seen)) return;
  Vacancy& vacancy = vacancies_.at(object);
  const core::Claim* claim = claim_of(seen);
  const std::string instance = claim != nullptr ? claim->instance : "";
  const Duration longest = world_.plan().longest_lease();
  vacancy.since = world_.schedule().now();
  if (seen.content == Content::kRecord) {
    vacancy.transitions = std::max(vacancy.transitions, seen.record.transitions);
  }
  if (is_as_restored(object)) {  // noticed late, and then waited out
    vacancy.wait = vacancy.wait_blind = std::max(longest, vacancy.last_lease);
    vacancy.last_instance = "(restored)";
    return;
  }
  vacancy.held = seen.content == Content::kRecord && !seen.record.holder.empty();
  if (vacancy.held) {
    const Duration lease = seen.record.lease_duration;
    vacancy.last_lease = lease > Duration::zero() ? lease : longest;
    vacancy.last_instance = instance;
    vacancy.wait = vacancy.wait_blind = vacancy.last_lease;
  } else {
    const bool in_form = seen.content == Content::kRecord &&
                         (vacancy.last_instance.empty() || instance == vacancy.last_instance ||
                          (claim != nullptr && claim->forced));
    // A record that counts from below an earlier one says nothing about that one's holder.
    const bool counts_on =
        seen.content == Content::kRecord && seen.record.transitions >= vacancy.transitions;
    vacancy.wait = in_form && counts_on ? Duration::zero() : std::max(longest, vacancy.last_lease);
    vacancy.wait_blind = std::max(longest, vacancy.last_lease);
  }
}

bool Checks::healthy(const Candidate& who) const {
  return who.stands() && undisturbed(who, Duration::zero());
}

// Whether nothing is wrong here or on the connection, nor was for that long.
bool Checks::undisturbed(const Candidate& who, Duration for_how_long) const {
  const Network& network = world_.api().network();
  return who.running() && !who.busy() && world_.api().mood() == Mood::kUp &&
         !network.impaired(who.index()) &&
         world_.schedule().now() >= network.link(who.index()).disturbed + for_how_long;
}

bool Checks::somebody_leads() const {
  for (const auto& host : world_.hosts()) {
    if (host->claims()) return true;
  }
  return false;
}

// Returns the time by which this candidate, or another, must have been elected: R after the record
// has run out as this candidate sees it, plus the cost of the world's delays. After a disturbance
// it may have to see the record for a whole lease again, and to wait before it retries.
Real Checks::limit_for(const Candidate& who) const {
  const Plan& plan = world_.plan();
  const Duration period = who.plan().timing.retry_period;
  const Duration patience = std::max<Duration>(period, seconds(1)) * 2 + period * 2;
  Duration lease = plan.longest_lease();
  for (const Vacancy& vacancy : vacancies_) lease = std::max(lease, vacancy.wait_blind);
  Real from =
      world_.api().network().link(who.index()).disturbed + who.clock().real(patience + lease);
  for (const std::size_t object : who.plan().objects) {
    const Vacancy& vacancy = vacancies_.at(object);
    const Duration wait = who.watches() ? vacancy.wait : vacancy.wait_blind + period;
    from = std::max(from, vacancy.since + who.clock().real(wait));
  }
  // A candidate that was asked to resign stands aside for a lease, and one that was not named for a
  // retry period.
  if (plan.enabled(Fault::kAsk) || plan.enabled(Fault::kForce))
    from += who.clock().real(plan.longest_lease() * 2 + period);
  // Some stale reads in a row look like a restored store, which is waited out once more.
  if (plan.enabled(Fault::kStaleReads)) from += who.clock().real(lease);
  return from + who.clock().real(period) + plan.delay_most * 10 + plan.lag_most * 2 +
         plan.lateness * 6;
}

// A series of records that run out without a leader must end, too.
Real Checks::patience_of(const Candidate& who) const {
  Duration lease = world_.plan().longest_lease();
  for (const Vacancy& vacancy : vacancies_) lease = std::max(lease, vacancy.wait_blind);
  const Duration patience = lease * 6 + who.plan().timing.retry_period * 6;
  return std::max(last_led_, world_.api().network().link(who.index()).disturbed) +
         who.clock().real(patience);
}

void Checks::vacancies() {
  const Real now = world_.schedule().now();
  if (somebody_leads()) {
    last_led_ = now;
    limit_counted_ = false;
    return;
  }
  bool any_healthy = false;
  for (const Candidate* who : world_.candidates()) {
    if (!healthy(*who)) continue;
    any_healthy = true;
    if (now > patience_of(*who)) {
      world_.fail("4", "nobody leads for several leases, though " + std::string(who->name()) +
                           " stands and is healthy");
    }
    if (now > limit_for(*who) && !versions_reused() && !one_of_two_is_as_restored(*who)) {
      world_.fail("4", "nobody leads, though " + std::string(who->name()) +
                           " stands and is healthy; limit " + seconds_text(limit_for(*who)));
    }
  }
  if (any_healthy && !limit_counted_) {
    limit_counted_ = true;
    ++world_.tally().vacancies_checked;
  }
}

}  // namespace elector::tests
