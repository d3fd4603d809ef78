// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/sim/ask_check.h"

#include <algorithm>
#include <chrono>

#include "core/identity_pattern.h"
#include "tests/protocol/sim/candidate.h"
#include "tests/protocol/sim/term.h"
#include "tests/protocol/sim/world.h"

namespace elector::tests {
namespace {

using core::Duration;
using core::Observation;
using End = core::Resignation::End;
using Kind = Asker::Verdict::Kind;
using std::chrono::seconds;

constexpr std::array<const char*, 6> kEnds = {"done",     "nobody leads", "the leader is dead",
                                              "unheeded", "same again",   "another leads"};

std::string text_of(const Asker::Verdict& verdict) {
  switch (verdict.kind) {
    case Kind::kNobody:
      return "nobody holds the lock";
    case Kind::kTimedOut:
      return "the wait is over";
    case Kind::kInterrupted:
      return "interrupted";
    case Kind::kError:
      return "failed" + (verdict.asking != nullptr ? ": " + *verdict.asking->error() : "");
    case Kind::kEnd:
      break;
  }
  const core::Resignation::Step& step = verdict.asking->step();
  return std::string(kEnds.at(static_cast<std::size_t>(*step.end))) +
         (step.leader.empty() ? "" : ": " + step.leader) +
         (step.acknowledged ? ", acknowledged" : "") +
         (verdict.asking->left_behind() ? ", the request may be left behind" : "");
}

// Whether both are the same holder's same term. A record without a fresh claim is known by its
// writer's name alone.
bool same_term(const Observation& a, const Observation& b) {
  return a.record.holder == b.record.holder && a.record.acquire_time == b.record.acquire_time &&
         a.record.transitions == b.record.transitions;
}

}  // namespace

void AskCheck::fail(const std::string& how) const {
  world_.fail("resign", how);
}

void AskCheck::begins(const Asker& who, const core::ResignWish& wish) {
  ++world_.tally().asks;
  Ask ask{
      .who = &who, .wish = wish, .began = world_.schedule().now(), .began_there = who.local().boot};
  for (const std::size_t object : who.plan().objects) {
    const std::size_t size = world_.api().model().history(object).size();
    // A server that lags behind shows up to five states of the past; see World::read().
    const std::size_t behind = world_.plan().enabled(Fault::kStaleReads) ? 6 : 1;
    ask.shown_from.at(object) = size - std::min(size, behind);
  }
  std::erase_if(asks_, [&](const Ask& other) { return other.who == &who; });  // it has died
  asks_.push_back(std::move(ask));
}

void AskCheck::ends(const Asker& who, const Asker::Verdict& verdict) {
  const auto it =
      std::find_if(asks_.begin(), asks_.end(), [&](const Ask& ask) { return ask.who == &who; });
  const Ask ask = *it;
  asks_.erase(it);
  ++world_.tally().answers.at(verdict.kind == Kind::kEnd
                                  ? static_cast<std::size_t>(*verdict.asking->step().end)
                                  : kAskEnds + static_cast<std::size_t>(verdict.kind) - 1);
  if (world_.log().on()) world_.log().line(who.name(), "* says: " + text_of(verdict));
  const auto no_holder = [](const Observation& seen) { return !core::names_holder(seen); };
  const std::size_t primary = who.plan().objects.front();
  if (verdict.kind == Kind::kNobody && !showed(ask, primary, no_holder)) {
    fail(std::string(who.name()) + " says that nobody holds the lock, which was held throughout");
  }
  if (verdict.asking == nullptr) return;
  left_nothing(*verdict.asking);
  if (verdict.kind == Kind::kEnd) judge(ask, *verdict.asking);
}

void AskCheck::judge(const Ask& ask, const Asking& asking) {
  const core::Resignation::Step& step = asking.step();
  const std::size_t object = asking.object();
  const std::string name(ask.who->name());
  switch (*step.end) {
    case End::kDone:
      return done(ask, asking);
    case End::kNobody:
      if (!showed(ask, object, [](const Observation& seen) { return !core::names_holder(seen); })) {
        fail(name + " says that nobody holds the lock, which was held throughout");
      }
      return;
    case End::kDead:
      return silent(ask, asking, false);
    case End::kUnheeded:
      return silent(ask, asking, true);
    case End::kSameAgain:
      if (!showed(ask, object, [&](const Observation& seen) {
            return seen.record.holder == step.leader && !same_term(seen, *asking.addressed());
          })) {
        fail(name + " says that " + step.leader + " leads again, and its term has not ended");
      }
      return;
    case End::kNotThatOne:
      if (core::matches_identity(ask.wish.only, step.leader) ||
          !showed(ask, object,
                  [&](const Observation& seen) { return seen.record.holder == step.leader; })) {
        fail(name + " says that " + step.leader + " leads, and not " + ask.wish.only);
      }
      return;
  }
}

// "X steps down", "X was removed by force" or "Y is the leader".
void AskCheck::done(const Ask& ask, const Asking& asking) {
  const std::string name(ask.who->name());
  const std::string& leader = asking.step().leader;
  const Observation& addressed = *asking.addressed();
  const std::size_t object = asking.object();
  if (!leader.empty() && leader == ask.wish.to && leader == addressed.record.holder &&
      !asking.landed_at()) {
    return;  // it already led
  }
  if (!ask.wish.only.empty() && !core::matches_identity(ask.wish.only, addressed.record.holder)) {
    return fail(name + " asked " + addressed.record.holder + ", and was to ask " + ask.wish.only);
  }
  if (leader.empty()) {
    const bool vacated =
        showed(ask, object, [](const Observation& seen) { return !core::names_holder(seen); });
    const bool heard = !ask.wish.force && showed(ask, object, [&](const Observation& seen) {
      return seen.resign && seen.resign->acknowledged &&
             seen.resign->holder == addressed.record.holder && same_term(seen, addressed);
    });
    if (!vacated && !heard) fail(name + " says that the leader steps down, which has not heard it");
    if (ask.wish.wait) fail(name + " was to wait for the next leader, and names none");
    if (heard && !vacated) watch_the_end(asking);
    return;
  }
  if (!showed(ask, object, [&](const Observation& seen) {
        return seen.record.holder == leader && !same_term(seen, addressed);
      })) {
    return fail(name + " says that " + leader + " leads, which had no new term");
  }
  const Candidate* who = addressee(addressed);
  const Plan& plan = world_.plan();
  if (plan.tampering == Tampering::kNone && !plan.mixed() && who != nullptr && who->claims() &&
      !who->frozen() && !who->pause_hides_claim() && is_present_term(*who, addressed)) {
    fail(name + " says that " + leader + " leads, and the term of " + std::string(who->name()) +
         " has not ended");
  }
}

// "X did not answer" or, unless `renewed`, "X has not renewed its lease".
void AskCheck::silent(const Ask& ask, const Asking& asking, bool renewed) {
  if (past_is_shown()) return;
  const std::string name(ask.who->name());
  const auto& history = world_.api().model().history(asking.object());
  const auto landed = std::find_if(history.begin(), history.end(), [&](const Observation& seen) {
    return seen.resign && seen.resign->id == ask.wish.id;
  });
  if (landed == history.end()) return fail(name + " says nobody answered, and did not ask");
  // What it had certainly seen after its patience; if it did not look then, everything.
  const Duration patience = std::max<Duration>(asking.asked_over(), seconds(2));
  const bool looked = asking.confirmed_at() >= *asking.landed_at() + patience;
  const std::size_t size = looked ? std::min(asking.confirmed(), history.size()) : history.size();
  // Its withdrawal is a compare-and-swap: what came later was not known, however late the answer.
  const auto withdrawn = std::find_if(landed, history.end(), [&](const Observation& seen) {
    return !seen.resign || seen.resign->id != ask.wish.id;
  });
  const auto known = std::min(history.begin() + static_cast<std::ptrdiff_t>(size), withdrawn);
  const bool changed = landed < known && std::any_of(landed, known, [&](const Observation& seen) {
                         return !same_write(seen, *landed);
                       });
  // A record that is changed by hand and changed back looks as if it had not been renewed.
  if (!renewed && changed && world_.plan().tampering != Tampering::kUsurp) {
    return fail(name + " says that the leader has not renewed its lease, and it has");
  }
  const Duration asked = ask.who->local().boot - *asking.landed_at();
  if (asked < patience) {
    return fail(name + " gives up before a lease is over");
  }
  // An elector without any fault has received it.
  const Candidate* who = addressee(*asking.addressed());
  const Network& network = world_.api().network();
  if (who == nullptr || !who->running() || !who->watches() || who->busy() ||
      !is_present_term(*who, *asking.addressed()) || !who->in_office() ||
      who->elected_at() > ask.began) {
    return;
  }
  if (!network.impaired(who->index()) && network.link(who->index()).disturbed < ask.began &&
      network.link(ask.who->index()).disturbed <= ask.began) {
    fail(name + " says that " + std::string(who->name()) + " does not answer, which is well");
  }
}

// Unless it reports this, it leaves no request in the lock that may be followed later.
void AskCheck::left_nothing(const Asking& asking) {
  if (asking.left_behind() || asking.write_underway() || past_is_shown()) return;
  const Observation seen = world_.api().model().get(asking.object());
  if (seen.resign && seen.resign->id == asking.wish().id && !seen.resign->acknowledged) {
    fail("a request is left behind in the lock, and " + asking.wish().id + " does not say so");
  }
}

// A term that is reported to end does end.
void AskCheck::watch_the_end(const Asking& asking) {
  const Candidate* who = addressee(*asking.addressed());
  if (who == nullptr || !is_present_term(*who, *asking.addressed())) return;
  world_.schedule().after(world_.plan().longest_lease() * 8, [this, who, term = who->terms(),
                                                              instance = who->instance()] {
    if (who->instance() == instance && who->terms() == term && who->in_office() && who->running() &&
        who->claims()) {
      fail(std::string(who->name()) + " has heard that it is to resign, and leads on");
    }
  });
}

void AskCheck::acknowledged(const Candidate& who) {
  if (who.in_office() && !who.told_to_stop()) {
    fail(std::string(who.name()) + " acknowledges a request to resign, and its work goes on");
  }
}

void AskCheck::wrote() {
  wrote_at_ = world_.schedule().now();
}

// Every ask ends with an answer: when its time is over, or once nothing is wrong.
void AskCheck::step() {
  const Plan& plan = world_.plan();
  const Real now = world_.schedule().now();
  const Duration slack = seconds(4) + plan.lateness * 8 + plan.delay_most * 20;
  for (const Ask& ask : asks_) {
    const Asker& who = *ask.who;
    if (!who.running() || now < ask.began + slack) continue;
    const Network& network = world_.api().network();
    const Real disturbed = network.link(who.index()).disturbed;
    if (who.wait_limit() && now > disturbed + slack &&
        who.local().boot > ask.began_there + *who.wait_limit() + slack) {
      return fail(std::string(who.name()) + " goes on when its wait is over");
    }
    const Duration attempts = seconds(10) * 3;
    if (!ask.wish.wait && !network.impaired(who.index()) && world_.api().mood() == Mood::kUp &&
        now > std::max(ask.began, disturbed) +
                  std::max<Duration>(plan.longest_lease(), seconds(2)) + attempts + slack) {
      return fail(std::string(who.name()) + " asks on without an answer");
    }
  }
}

// ---- Facts ------------------------------------------------------------------------------------

bool AskCheck::showed(const Ask& ask, std::size_t object,
                      const std::function<bool(const Observation&)>& what) const {
  const auto& history = world_.api().model().history(object);
  if (history.empty()) return what(Observation{});
  const std::size_t from = ask.shown_from.at(object);
  const bool all = from == 0 && what(Observation{});
  return all ||
         std::any_of(history.begin() + static_cast<std::ptrdiff_t>(from), history.end(), what);
}

const Candidate* AskCheck::addressee(const Observation& addressed) const {
  const core::Claim* claim = claim_of(addressed);
  if (claim == nullptr) return nullptr;
  const auto& all = world_.candidates();
  const auto it = std::find_if(all.begin(), all.end(), [&](const Candidate* who) {
    return who->instance() == claim->instance;
  });
  return it == all.end() ? nullptr : *it;
}

bool AskCheck::is_present_term(const Candidate& who, const Observation& addressed) const {
  if (!who.in_office()) return false;
  const Observation* acquired = acquiring_write(world_, who);
  return acquired != nullptr && acquired->record.transitions == addressed.record.transitions;
}

// Whether a read, or the store itself, may show the past.
bool AskCheck::past_is_shown() const {
  return world_.plan().enabled(Fault::kStaleReads) || world_.api().restored_at().has_value();
}

}  // namespace elector::tests
