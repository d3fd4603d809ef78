// SPDX-License-Identifier: Apache-2.0
// The life of the arena: candidates started, looked after and ended. What is done to them is in
// inflict.cpp.
#include "tests/system/chaos/arena.h"

#include <rapidjson/pointer.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include "tests/support/candidate.h"
#include "tests/support/proc.h"
#include "tests/system/chaos/follower.h"
#include "tests/system/chaos/stream.h"

namespace elector::tests::chaos {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// From the start of a process until it knows the lock.
constexpr Span kStartup = milliseconds(700);
// A candidate that was asked to end, and can, has ended by then: the grace, the API's delays, and
// more.
constexpr Span kEndsWithin = seconds(60);

seconds ttl_of(seconds usual, int number) {
  return number % 5 == 2 ? 2 * usual : usual;
}

}  // namespace

Arena::Arena(const ArenaSetup& setup)
    : setup_(setup),
      cluster_(setup.kubeconfig),
      election_(cluster_.api(), "chaos"),
      candidates_(setup.candidates) {
  // What a candidate leaves behind comes to us, and is ended with us.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const Server server = server_of(cluster_);
  std::vector<std::string> names;
  for (int number = 0; number < 2 * candidates_; ++number) {
    add_candidate(number, server);
    if (number < candidates_) names.push_back(states_.back().contestant->setup().name);
  }
  object_ = std::make_unique<LockObject>(cluster_.api(), setup.lock, election_.text(), names);
}

void Arena::add_candidate(int number, const Server& server) {
  const bool namesake = number >= candidates_;
  const int which = number % candidates_;
  const std::string name(1, static_cast<char>('a' + which));
  State state;
  state.contestant = std::make_unique<Contestant>(
      ContestantSetup{.name = name,
                      .label = namesake ? name + name : name,
                      .exec = which % 3 != 0,
                      .ttl = ttl_of(setup_.ttl, which),
                      .lock = setup_.lock,
                      .election = election_.text(),
                      .access = Access::kind_of(cluster_.is_real(), which),
                      .logs = setup_.logs},
      cluster_, dir_, server);
  states_.push_back(std::move(state));
}

Arena::~Arena() {
  try {
    heal();  // a server that is not ours must not stay frozen
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "elector-chaos: %s\n", problem.what());
  }
  for (State& state : states_) {
    if (state.contestant->alive()) state.contestant->signal(SIGKILL);
  }
  states_.clear();
  for (const pid_t pid : descendants_of(::getpid())) {
    if (process_name(pid) == "beat") ::kill(pid, SIGKILL);
  }
}

void Arena::start(std::uint64_t dice) {
  for (int number = 0; number < candidates_; ++number) {
    State& state = states_.at(static_cast<std::size_t>(number));
    state.dice = dice++;
    state.contestant->start(state.dice);
  }
}

void Arena::later(Span after, std::function<bool()> act) {
  later_.push_back({BootClock::now() + after, std::move(act)});
}

void Arena::tick() {
  const Instant now = BootClock::now();
  for (std::size_t i = 0; i < later_.size();) {
    // Taken out first: what it does may add another.
    if (later_[i].at > now) {
      ++i;
      continue;
    }
    Later due = std::move(later_[i]);
    later_.erase(later_.begin() + static_cast<std::ptrdiff_t>(i));
    if (!due.act()) later(milliseconds(100), std::move(due.act));
  }
  std::erase_if(hunts_, [](const auto& hunt) { return hunt(); });
  for (std::size_t i = 0; i < states_.size(); ++i) look_after(states_[i], static_cast<int>(i));
  std::erase_if(hands_, [](const auto& hand) { return !hand->running(); });
  // Orphans that were killed by their guard's successor, or ended: no other process waits for them.
  for (const pid_t pid : children_of(::getpid())) {
    if (process_name(pid) == "beat" || process_name(pid) == "lease-guard") {
      ::waitpid(pid, nullptr, WNOHANG);
    }
  }
}

void Arena::look_after(State& state, int number) {
  Contestant& one = *state.contestant;
  const Instant now = BootClock::now();
  if (const auto code = one.reap()) {
    judge_exit(state, *code);
    mark_down(state, number, "ended");
    state.told_to_end = kNever;
    if (number < candidates_ && !healing_) restart_later(state);
  }
  if (now - kEndsWithin > state.told_to_end) {
    misdeeds_.push_back({.invariant = 0,
                         .what = one.setup().label + " does not end",
                         .from = state.told_to_end,
                         .to = now});
    state.told_to_end = kNever;
    one.signal(SIGKILL);
    state.expected_codes = {137};
  }
  if (one.alive() || healing_ || !state.restart_at || now < *state.restart_at) return;
  begin_life(state, state.dice);
}

void Arena::begin_life(State& state, std::uint64_t dice) {
  state.restart_at.reset();
  state.expected_codes.clear();
  state.contestant->start(dice);
  if (state.down) disturbances_[*state.down].end = BootClock::now() + kStartup;
  state.down.reset();
}

void Arena::restart_later(State& state) const {
  state.dice = state.dice * 6364136223846793005ULL + 1442695040888963407ULL;
  // At once as often as later: the former life's traces are then fresh.
  const Span pause = milliseconds(state.dice >> 40U) % milliseconds(1500);
  state.restart_at = BootClock::now() + (state.dice >> 39U) % 2 * pause;
}

// A candidate ends when it is asked to, or killed; exec also with its child. Any other end is an
// error, above all a broken assertion.
void Arena::judge_exit(const State& state, int code) {
  const ContestantSetup& setup = state.contestant->setup();
  const std::set<int> of_exec{0, 125, 137, 143};
  if (state.expected_codes.contains(code)) return;
  if (setup.exec && of_exec.contains(code) && !state.expected_codes.empty()) return;
  // A candidate that starts with a kubeconfig that is corrupted at that moment reports this and
  // ends.
  if (BootClock::now() < state.credential_free && std::set<int>{1, 2, 125}.contains(code)) return;
  misdeeds_.push_back({.invariant = 0,
                       .what = setup.label + " ended by itself, with " + std::to_string(code),
                       .from = BootClock::now(),
                       .to = BootClock::now()});
}

void Arena::mark_down(State& state, int number, const std::string& what) {
  if (state.down) return;
  state.down = disturbances_.size();
  disturbances_.push_back({.begin = BootClock::now(), .candidate = number, .what = what});
}

void Arena::heal() {
  healing_ = true;
  for (Later& one : later_) one.at = BootClock::now();
  if (!eventually([this] {
        tick();
        return later_.empty() && hunts_.empty();
      })) {
    throw std::runtime_error("the server does not come back");
  }
}

void Arena::stop() {
  stopped_ = BootClock::now();
  heal();
  for (State& state : states_) {
    state.restart_at.reset();
    state.expected_codes.insert(0);
    state.expected_codes.insert(143);
    state.contestant->signal(SIGTERM);
  }
  eventually(
      [this] {
        tick();
        return std::none_of(states_.begin(), states_.end(),
                            [](const State& state) { return state.contestant->alive(); });
      },
      std::chrono::duration_cast<Milliseconds>(kEndsWithin));
  for (State& state : states_) {
    if (!state.contestant->alive()) continue;
    misdeeds_.push_back({.invariant = 0,
                         .what = state.contestant->setup().label + " does not end",
                         .from = BootClock::now(),
                         .to = BootClock::now()});
  }
}

History Arena::history() {
  History all;
  for (State& state : states_) {
    for (Life& life : state.contestant->lives()) all.push_back(std::move(life));
  }
  return all;
}

Findings Arena::misdeeds() {
  Findings all = misdeeds_;
  for (State& state : states_) {
    for (Finding& one : state.contestant->wrong_answers()) all.push_back(std::move(one));
  }
  if (server_answers()) {
    for (Finding& one : object_->look()) all.push_back(std::move(one));
  }
  return all;
}

std::vector<Write> Arena::writes() const {
  std::vector<Write> writes;
  // Of two objects neither alone shows the holder.
  const bool single = setup_.lock == object_->primary().resource;
  if (cluster_.is_real() || !single || !server_answers()) return writes;
  for (const Json& line : cluster_.server()->writes(object_->primary())) {
    const JsonValue* body = rapidjson::Pointer("/object").Get(line);
    if (body == nullptr) continue;
    const Json object = parse_json(to_text(*body));
    const std::string version = text_at(object, "/metadata/resourceVersion");
    Write write{.applied = Instant(Span(number_at(line, "/boottime"))),
                .version = std::strtoull(version.c_str(), nullptr, 10),
                .by_candidate = std::find(Access::kUsers.begin(), Access::kUsers.end(),
                                          text_at(line, "/user")) != Access::kUsers.end(),
                .deletion = text_at(line, "/type") == "DELETED",
                .claim = text_at(object, "/metadata/annotations/elector~1claim")};
    try {
      if (const auto record = record_in(object)) {
        write.holder = record->holder;
        write.duration = seconds(record->lease_duration);
        write.acquire_time = record->acquire_time;
        write.renew_time = record->renew_time;
      }
    } catch (const std::runtime_error&) {
      // A record that we garbled.
    }
    writes.push_back(std::move(write));
  }
  return writes;
}

// How long a candidate may name each holder after it has seen its record. For a corrupted record it
// uses its own duration.
std::map<std::string, Span> Arena::record_durations(const Contestant& observer) const {
  std::map<std::string, Span> durations;
  for (const State& state : states_) {
    const ContestantSetup& setup = state.contestant->setup();
    durations[setup.name] = std::max(setup.ttl, observer.setup().ttl);
  }
  return durations;
}

Findings Arena::wrong_by(const History& history, const std::vector<Write>& writes) const {
  const Span late = milliseconds(500) + 2 * lateness_.worst();
  Findings all;
  const auto take = [&all](Findings found) {
    for (Finding& one : found) all.push_back(std::move(one));
  };
  for (std::size_t number = 0; number < states_.size(); ++number) {
    const Contestant& one = *states_[number].contestant;
    // A candidate that may not watch for a moment, after a restart of the server, polls for a
    // while.
    const bool polls = one.access().kind() == Access::Kind::kPlain;
    const Span period = Span(one.setup().ttl) / 5;
    const Sight sight(disturbances_, static_cast<int>(number), late + (polls ? period : Span(0)),
                      2 * setup_.ttl + seconds(1));
    for (const Life& life : history) {
      if (life.label != one.setup().label) continue;
      take(check_holds(life, writes, one.renew_deadline()));
      take(check_followed(life, writes, sight, stopped_));
      take(check_blind(life, record_durations(one), sight, stopped_));
    }
  }
  take(check_streams(history, milliseconds(500) + late, stopped_));
  return all;
}

Findings Arena::wrong_lines(const History& history, const std::vector<Write>& writes) const {
  std::vector<std::string> holders;
  for (const Write& write : writes) {
    if (!write.holder.empty() && (holders.empty() || holders.back() != write.holder)) {
      holders.push_back(write.holder);
    }
  }
  Findings all;
  if (holders.empty()) return all;
  const auto take = [&](const auto& printed) {
    for (const auto& [title, lines] : printed) {
      for (Finding& one : check_lines(title, lines, holders)) all.push_back(std::move(one));
    }
  };
  for (const Life& life : history) take(lines_of_streams(life));
  for (const State& state : states_) {
    // The output of exec is the child's.
    if (!state.contestant->setup().exec) take(state.contestant->printed());
  }
  return all;
}

Surroundings Arena::surroundings() const {
  Surroundings result{.foreign = foreign_, .stalls = lateness_.stalls()};
  for (const State& state : states_) {
    const Contestant& one = *state.contestant;
    result.deadlines[one.setup().name] = {.renew = one.renew_deadline(),
                                          .kill = one.kill_deadline()};
  }
  return result;
}

VacancyRules Arena::vacancy_rules() const {
  VacancyRules rules{.candidates = {}, .record = Span(0), .settling = Span(0), .grace = Span(0)};
  for (int number = 0; number < candidates_; ++number) {
    const ContestantSetup& setup = states_.at(static_cast<std::size_t>(number)).contestant->setup();
    rules.candidates.push_back(setup.name);
    rules.record = std::max(rules.record, Span(setup.ttl));
    rules.retry_periods.push_back(Span(setup.ttl) / 5);
  }
  rules.grace = milliseconds(400) + 2 * lateness_.worst();
  rules.settling = rules.record * 3 / 5 + milliseconds(1500) + 4 * lateness_.worst();
  return rules;
}

std::set<Fault> Arena::kinds_done() const {
  std::set<Fault> done;
  for (const Deed& deed : deeds_) done.insert(deed.fault);
  return done;
}

std::size_t Arena::answers() const {
  std::size_t sum = 0;
  for (const State& state : states_) sum += state.contestant->answers();
  return sum;
}

std::size_t Arena::beats() const {
  std::size_t sum = 0;
  for (const State& state : states_) sum += state.contestant->beats();
  return sum;
}

}  // namespace elector::tests::chaos
