#include "tests/sim/checks.h"

#include <algorithm>
#include <chrono>

#include "tests/sim/candidate.h"
#include "tests/sim/faults.h"
#include "tests/sim/world.h"

namespace elector::tests {

using core::Content;
using core::Duration;
using core::Observation;
using std::chrono::seconds;

Checks::Checks(World& world)
    : world_(world),
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
  const Host* claims = nullptr;
  const Host* works = nullptr;
  for (const auto& host : world_.hosts()) {
    if (world_.plan().election_of(host->plan()) != election) continue;
    if (host->frozen()) continue;  // it believes nothing, and its work stands still
    if (host->claims()) {
      if (claims != nullptr && !forgiven(*claims, *host, false)) {
        world_.fail("1", std::string(claims->name()) + " and " + std::string(host->name()) +
                             " both believe that they lead");
      }
      claims = host.get();
    }
    if (host->works()) {
      if (works != nullptr && !forgiven(*works, *host, true)) {
        world_.fail("2", "the work of " + std::string(works->name()) + " and of " +
                             std::string(host->name()) + " runs");
      }
      works = host.get();
      const auto* who = dynamic_cast<const Candidate*>(works);
      if (world_.plan().tampering == Tampering::kNone && who->owner().several() &&
          !who->owner().unguarded()) {
        world_.fail("2", "the work of several terms runs on " + std::string(who->name()));
      }
    }
  }
}

bool Checks::forgiven(const Host& a, const Host& b, bool works) {
  const auto* one = dynamic_cast<const Candidate*>(&a);
  const auto* other = dynamic_cast<const Candidate*>(&b);
  if (one == nullptr && other == nullptr) return true;  // what two rivals do is not ours
  const Forgiven pair{.works = works,
                      .a = a.index(),
                      .b = b.index(),
                      .terms_a = one != nullptr ? one->terms() : 0,
                      .terms_b = other != nullptr ? other->terms() : 0};
  if (std::find(forgiven_.begin(), forgiven_.end(), pair) != forgiven_.end()) return true;
  const auto hidden = [works](const Candidate* who) {
    return who != nullptr && (works ? who->pause_hides_work() : who->pause_hides_claim());
  };
  if (hidden(one) || hidden(other)) {
    ++world_.tally().unseen_pauses;
    forgiven_.push_back(pair);
    return true;
  }
  const auto unguarded = [works](const Candidate* who) {
    return works && who != nullptr && who->owner().unguarded();
  };
  if (unguarded(one) || unguarded(other)) {
    ++world_.tally().unguarded;
    forgiven_.push_back(pair);
    return true;
  }
  // Which of the two came later decides what it should have known.
  const bool a_is_late =
      one != nullptr && (other == nullptr || one->elected_at() > other->elected_at());
  if (!(a_is_late ? forgivable(one, b) : forgivable(other, a))) return false;
  ++world_.tally().tampered_overlaps;
  forgiven_.push_back(pair);
  return true;
}

// After a deletion and the like only those may take the lock at once who never saw the holder.
bool Checks::forgivable(const Candidate* late, const Host& early) const {
  if (world_.plan().tampering == Tampering::kNone) return false;
  if (world_.plan().tampering == Tampering::kUsurp || late == nullptr) return true;
  const auto* holder = dynamic_cast<const Candidate*>(&early);
  return holder == nullptr || late->witness() == nullptr || deposed(*holder) ||
         !late->witness()->has_seen(holder->instance(), holder->token());
}

// Somebody who could not know has taken the lock from this term, and may have passed it on since.
bool Checks::deposed(const Candidate& who) const {
  return std::any_of(forgiven_.begin(), forgiven_.end(), [&](const Forgiven& pair) {
    return (pair.a == who.index() && pair.terms_a == who.terms()) ||
           (pair.b == who.index() && pair.terms_b == who.terms());
  });
}

void Checks::ended_terms_stay_ended() {
  for (const Candidate* who : world_.candidates()) {
    std::uint64_t& ended = ended_.at(who->index());
    // A stepping wall clock alone ends a term only once the election is told of it.
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
  if (who.works() && !who.owner().unguarded() && world_.plan().tampering == Tampering::kNone) {
    world_.fail("2", "its former work still runs at " + std::string(who.name()));
  }
  for (const auto& other : world_.hosts()) {
    if (other.get() == &who || other->frozen() || !(other->claims() || other->works())) continue;
    const Plan& plan = world_.plan();
    if (plan.election_of(other->plan()) != plan.election_of(who.plan())) continue;
    if (forgiven(who, *other, !other->claims())) continue;
    world_.fail("1", std::string(who.name()) + " is told that it leads while " +
                         std::string(other->name()) + " does");
  }
  world_.note_election(who);
}

void Checks::token(const Candidate& who, const std::string& text) {
  std::uint64_t& last_token = last_tokens_.at(world_.plan().election_of(who.plan()));
  const std::uint64_t number = text.empty() ? 0 : std::stoull(text);
  if (number <= last_token && who.pause_hides_claim()) {
    ++world_.tally().unseen_pauses;  // elected before a pause, and told after it
    return;
  }
  if (number <= last_token && overthrown(who, text)) {
    ++world_.tally().tampered_overlaps;  // elected before, and told after it
    return;
  }
  if (number <= last_token) {
    world_.fail("5", "token " + text + " of " + std::string(who.name()) + " after token " +
                         std::to_string(last_token));
  }
  last_token = number;
  for (const std::size_t object : who.plan().objects) {
    const auto& history = world_.api().model().history(object);
    const auto found = std::find_if(history.rbegin(), history.rend(),
                                    [&](const Observation& seen) { return seen.version == text; });
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
    const core::Claim* claim = claim_of(*found);
    if (claim != nullptr && claim->instance == who.instance() && !found->record.holder.empty()) {
      return;
    }
  }
  world_.fail("5", "token " + text + " is not the version of a write of " +
                       std::string(who.name()) + " that holds the lock");
}

// Somebody who is no candidate wrote the record that follows the term of this token.
bool Checks::overthrown(const Candidate& who, const std::string& text) const {
  if (world_.plan().tampering != Tampering::kUsurp) return false;
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
    return next->record.holder == kUsurper || (claim != nullptr && claim->forced);
  });
}

// ---- 6: what is said of the leader ------------------------------------------------------------

// One candidate at each step: what is wrong stays wrong until something happens to it, and then
// said() looks.
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
  if (plan.enabled(Fault::kStaleReads)) return;
  for (const std::size_t object : who.plan().objects) {
    const Observation seen = world_.api().model().get(object);
    const core::Claim* claim = claim_of(seen);
    if (claim != nullptr && claim->instance == who.instance() && !seen.record.holder.empty()) {
      world_.fail("release", std::string(who.name()) + " says it gave the lock back and holds it");
    }
  }
}

// A leader keeps what it can keep: it does not believe an old event, and its renewals come in time
// while nothing goes wrong.
void Checks::lost(const Candidate& who, core::LossReason reason) {
  const Plan& plan = world_.plan();
  const auto holds = [&](std::size_t object) {
    const Observation seen = world_.api().model().get(object);
    const core::Claim* claim = claim_of(seen);
    return claim != nullptr && claim->instance == who.instance() && !seen.record.holder.empty();
  };
  const auto& objects = who.plan().objects;
  if (reason == core::LossReason::kTaken && !world_.api().network().impaired(who.index()) &&
      std::all_of(objects.begin(), objects.end(), holds)) {
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

// A watch that works makes reading needless while a term lasts. (Somebody's edits make a leader
// read, and so does a lost race for a vacancy.)
void Checks::reads(const Candidate& who) {
  const Plan& plan = world_.plan();
  const Real now = world_.schedule().now();
  if (!who.watches() || plan.edit_every > Duration::zero() || plan.mixed() || plan.two_kinds ||
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
    vacancy.wait = in_form ? Duration::zero() : std::max(longest, vacancy.last_lease);
    vacancy.wait_blind = std::max(longest, vacancy.last_lease);
  }
}

bool Checks::healthy(const Candidate& who) const {
  return who.stands() && undisturbed(who, Duration::zero());
}

// Nothing is wrong here or on the way, nor was for so long.
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

// Until when this candidate, or another, must have been elected: R after the record has run out as
// this candidate sees it, and what the world's delays cost. After a disturbance it may have to see
// the record for a whole lease again, and to wait before it asks again.
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
  // Who was asked to resign stands aside for a lease, and who was not named for a retry period.
  if (plan.enabled(Fault::kAsk) || plan.enabled(Fault::kForce))
    from += who.clock().real(plan.longest_lease() * 2 + period);
  return from + who.clock().real(period) + plan.delay_most * 10 + plan.lag_most * 2 +
         plan.lateness * 6;
}

// Records that run out without a leader, one after another, must come to an end too.
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
    if (now > limit_for(*who)) {
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
