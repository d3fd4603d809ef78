// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/sim/world.h"

#include <algorithm>
#include <chrono>

namespace elector::tests {

using core::Answer;
using core::Outcome;
using core::Verb;

World::World(const Plan& plan, bool transcript)
    : plan_(plan),
      dice_(plan.seed),
      log_(transcript, schedule_),
      api_(plan_, schedule_, dice_, log_),
      checks_(*this),
      ask_check_(*this),
      kinds_check_(*this),
      faults_(*this) {
  for (std::size_t i = 0; i < plan_.hosts.size(); ++i) {
    const Role role = plan_.hosts.at(i).role;
    if (role == Role::kRival) {
      hosts_.push_back(std::make_unique<Rival>(*this, i));
    } else if (role == Role::kAsker) {
      auto asker = std::make_unique<Asker>(*this, i);
      askers_.push_back(asker.get());
      hosts_.push_back(std::move(asker));
    } else if (role == Role::kObserver) {
      auto observer = std::make_unique<Observer>(*this, i);
      observers_.push_back(observer.get());
      hosts_.push_back(std::move(observer));
    } else {
      auto candidate = std::make_unique<Candidate>(*this, i);
      candidates_.push_back(candidate.get());
      hosts_.push_back(std::move(candidate));
    }
  }
  api_.on_change([this](std::size_t object) { checks_.changed(object); });
}

void World::run() {
  ++tally_.runs;
  for (const auto& host : hosts_) {
    if (host->plan().role == Role::kAsker) continue;
    schedule_.after(dice_.up_to(std::chrono::seconds(2)), [&host] { host->boot(); });
  }
  faults_.start();
  while (violation_.empty() && schedule_.run_next(plan_.length)) {
    ++tally_.steps;
    checks_.step();
    ask_check_.step();
    for (Observer* observer : observers_) observer->check().step();
    if (plan_.two_kinds) kinds_check_.step();
  }
}

core::WallTime World::server_clock() const {
  return core::WallTime(
      std::chrono::floor<std::chrono::seconds>(plan_.server_wall + schedule_.now()));
}

void World::fail(const std::string& rule, const std::string& how) {
  if (!violation_.empty()) return;
  violation_ = "rule " + rule + ": " + how;
  if (log_.on()) log_.line("CHECK", violation_);
}

void World::note_election(const Candidate& who) {
  ++tally_.elections;
  Ending cause = Ending::kNone;
  if (last_leader_ != nullptr) {
    const auto* former = dynamic_cast<const Candidate*>(last_leader_);
    cause = former != nullptr ? former->ending() : Ending::kRivals;
  }
  ++tally_.handovers.at(static_cast<std::size_t>(cause));
  last_leader_ = &who;
}

void World::note_rival(const Rival& who) {
  if (log_.on()) log_.line(who.name(), "* leads, a rival");
  ++tally_.rival_elections;
  last_leader_ = &who;
}

Answer World::apply(const Candidate& who, std::size_t object, const core::Request& request,
                    ApiModel& model, Real sent) {
  if (request.verb == Verb::kGet) return read(who, object, model);
  faults_.before_write(object);
  const auto changes = model.foreign_changes();
  Answer answer = model.handle(object, request);
  const bool reused = api_.restored_at() && plan_.versions == Versions::kReuse;
  if (model.foreign_changes() != changes && !reused) {
    fail("3", "a write of " + std::string(who.name()) + " changed fields that are not its own");
  }
  // A write that lands at last because of a restore belongs to a former term.
  const bool undone = api_.restored_at() && sent <= *api_.restored_at();
  if (answer.outcome == Outcome::kOk && request.record.holder.empty() && who.works_now() &&
      !undone && request.claim.instance == who.instance()) {
    fail("2", std::string(who.name()) + " gave the lock back while its work runs");
  }
  if (answer.outcome == Outcome::kOk && request.resign && request.resign->acknowledged &&
      request.resign->instance == who.instance()) {
    ask_check_.acknowledged(who);
  }
  return answer;
}

Answer World::read(const Host& who, std::size_t object, const ApiModel& model) {
  const Link& link = api_.network().link(who.index());
  if (link.stale_permille > 0 && dice_.chance(link.stale_permille)) {
    return stale_read(object, model);
  }
  Answer answer;
  answer.outcome = model.exists(object) ? Outcome::kOk : Outcome::kNotFound;
  answer.object = model.get(object);
  return answer;
}

// Answers as a server that lags behind does.
Answer World::stale_read(std::size_t object, const ApiModel& model) {
  const auto& history = model.history(object);
  const std::size_t oldest = api_.restored_from(object);
  const std::size_t behind = static_cast<std::size_t>(dice_.below(5));
  Answer answer;
  answer.outcome = Outcome::kNotFound;
  if (oldest == 0 && history.size() <= behind) return answer;
  const core::Observation& seen =
      history.at(std::max(oldest, history.size() - 1 - std::min(behind, history.size() - 1)));
  if (seen.content == core::Content::kAbsent) return answer;
  answer.outcome = Outcome::kOk;
  answer.object = seen;
  return answer;
}

}  // namespace elector::tests
