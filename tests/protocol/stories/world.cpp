// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/stories/world.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace elector::tests {
namespace {

using core::Answer;
using core::Duration;
using core::Observation;
using core::Outcome;
using core::Report;
using core::Request;
using core::Verb;

// More than this at one moment is a loop.
constexpr int kMostAtOneMoment = 20000;

// Whether this request gets lost on its way; counts it, if so.
bool is_dropped(Link& link, const Request& request) {
  if (link.cut) return true;
  int& counter =
      request.verb != Verb::kGet && link.drop_writes > 0 ? link.drop_writes : link.drop_requests;
  if (counter == 0) return false;
  --counter;
  return true;
}

}  // namespace

// ---- Candidates --------------------------------------------------------------------------------

void World::add(const CandidateSpec& spec) {
  CandidateSpec numbered = spec;
  numbered.seed = 1000 * (specs_.size() + 1);
  specs_[spec.name] = numbered;
}

Process* World::find(const std::string& name) {
  const auto it = std::find_if(processes_.begin(), processes_.end(),
                               [&](const Process& process) { return process.spec().name == name; });
  return it == processes_.end() ? nullptr : &*it;
}

bool World::start(const std::string& name) {
  const auto it = specs_.find(name);
  if (it == specs_.end()) return false;
  kill(name);
  const int before = starts_[name]++;
  CandidateSpec spec = it->second;
  spec.seed += static_cast<std::uint64_t>(before);
  Process& process =
      processes_.emplace_back(spec, name + std::string(static_cast<std::size_t>(before), '\''));
  process.election.start(process.now(now_));
  if (spec.stands) process.election.stand(true, process.now(now_));
  return true;
}

void World::kill(const std::string& name) {
  std::erase_if(processes_, [&](const Process& process) { return process.spec().name == name; });
}

void World::stand(Process& process, bool wish) {
  process.election.stand(wish, process.now(now_));
}

void World::end_work(Process& process) {
  note(process.label(), "ends", "its work");
  process.election.work_stopped(process.now(now_));
}

void World::note(const std::string& who, const std::string& verb, const std::string& text) {
  transcript_.add(now_, who, verb, text);
}

// Carries out the election's output: adds reports to the transcript and sends requests.
void World::pump(Process& process) {
  for (;;) {
    const std::vector<Report> reports = process.election.take_reports();
    const std::vector<Request> requests = process.election.take_requests();
    if (reports.empty() && requests.empty()) return;
    bool work_must_end = false;
    for (const Report& report : reports) {
      tell(process, report);
      work_must_end = work_must_end || report.kind == Report::Kind::kStopWork ||
                      report.kind == Report::Kind::kLost;
    }
    for (const Request& request : requests) {
      if (request.verb != Verb::kGet) nonces_.learn(process.label(), request.claim.nonce);
      transcript_.add_traffic(now_, process.label(), "asks",
                              request_text(request, process.kind_text(request.lock), nonces_),
                              verb_text(request.verb));
      process.flights.push_back({.request = request,
                                 .deadline = process.now(now_).boot + request.timeout,
                                 .arrives = now_ + latency_,
                                 .order = ++order_});
    }
    if (work_must_end && !process.spec().slow_work) end_work(process);
  }
}

void World::tell(const Process& process, const Report& report) {
  const std::string text = report_text(report, process.boot_start());
  if (report.kind == Report::Kind::kRenewed || report.kind == Report::Kind::kRequestFailed ||
      report.kind == Report::Kind::kLeaderChanged) {
    transcript_.add_traffic(now_, process.label(), "says", text);
  } else {
    transcript_.add(now_, process.label(), "says", text);
  }
}

// ---- What is under way -------------------------------------------------------------------------

// The parcel that set out first, of those that may arrive.
std::optional<World::Parcel> World::next_parcel() {
  std::optional<Parcel> first;
  const auto offer = [&](const Parcel& parcel) {
    if (!first || parcel.order < first->order) first = parcel;
  };
  for (Process& process : processes_) {
    const Link& link = process.link;
    for (std::size_t i = 0; i < process.flights.size(); ++i) {
      const Flight& flight = process.flights[i];
      if (flight.arrives > now_) continue;
      const bool goes =
          (flight.state == Flight::State::kOutbound && !link.hold_requests) ||
          (flight.state == Flight::State::kAnswered && !link.hold_answers && process.runs());
      if (goes) offer({.process = &process, .order = flight.order, .flight = i});
    }
    if (link.cut || link.hold_watch || !process.runs()) continue;
    for (std::size_t lock = 0; lock < process.watches.size(); ++lock) {
      const Watch& watch = process.watches[lock];
      const auto& events = departures_[static_cast<std::size_t>(process.spec().locks[lock])];
      if (watch.open && watch.next < events.size() && events[watch.next].arrives <= now_) {
        offer({.process = &process, .order = events[watch.next].order, .lock = lock});
      }
    }
  }
  return first;
}

void World::carry(const Parcel& parcel) {
  Process& process = *parcel.process;
  if (!parcel.flight) return show_event(process, parcel.lock);
  Flight& flight = process.flights[*parcel.flight];
  if (flight.state == Flight::State::kOutbound) return serve(process, flight);
  give_answer(process, *parcel.flight);
}

// A request reaches the API, or gets lost on the way there or back.
void World::serve(Process& process, Flight& flight) {
  const std::string what = process.label() + "'s " + verb_text(flight.request.verb) +
                           (process.kind_text(flight.request.lock).empty()
                                ? std::string()
                                : " " + std::string(process.kind_text(flight.request.lock)));
  flight.state = Flight::State::kLost;
  if (is_dropped(process.link, flight.request)) {
    transcript_.add_traffic(now_, "net", "lost", what);
    return;
  }
  const std::optional<Answer> answer =
      server_.serve(process.spec().name, process.spec().locks[flight.request.lock], flight.request);
  if (!answer) return;
  if (process.link.lose_answers > 0) {
    --process.link.lose_answers;
    transcript_.add_traffic(
        now_, "net", "lost",
        "the answer to " + what + ": " +
            answer_text(flight.request, *answer, process.kind_text(flight.request.lock), nonces_));
  } else {
    flight.state = Flight::State::kAnswered;
    flight.answer = *answer;
    flight.shown = server_.model()
                       .history(static_cast<std::size_t>(process.spec().locks[flight.request.lock]))
                       .size();
    flight.order = ++order_;
    flight.arrives = now_ + latency_;
  }
  stamp_events();
}

void World::give_answer(Process& process, std::size_t index) {
  const Flight flight = process.flights[index];
  process.flights.erase(process.flights.begin() + static_cast<std::ptrdiff_t>(index));
  transcript_.add_traffic(
      now_, process.label(), "told",
      answer_text(flight.request, flight.answer, process.kind_text(flight.request.lock), nonces_));
  process.election.answer(flight.answer, process.now(now_));
  pump(process);
  watch_after(process, flight);
}

void World::show_event(Process& process, std::size_t lock) {
  Watch& watch = process.watches[lock];
  const auto object = static_cast<std::size_t>(process.spec().locks[lock]);
  const Observation& event = server_.model().history(object)[watch.next++];
  // Skips what an answer has already shown.
  const bool news = core::compare_versions(event.version, watch.version) > 0;
  if (news) {
    watch.version = event.version;
    const std::string kind(process.kind_text(lock));
    transcript_.add_traffic(now_, process.label(), "sees",
                            (kind.empty() ? "" : kind + " ") + object_text(event, nonces_));
  }
  process.election.observe(lock, event, process.now(now_));
}

// A process watches from the first version that it has been shown.
void World::watch_after(Process& process, const Flight& flight) {
  const Request& request = flight.request;
  const Answer& answer = flight.answer;
  if (answer.outcome != Outcome::kOk && answer.outcome != Outcome::kNotFound) return;
  Watch& watch = process.watches[request.lock];
  if (answer.outcome == Outcome::kOk &&
      core::compare_versions(answer.object.version, watch.version) > 0) {
    watch.version = answer.object.version;
  }
  if (watch.open || watch.ended || !process.spec().may_watch || process.link.cut) return;
  watch.next = flight.shown;
  watch.open = true;
  process.election.watching(request.lock, true, process.now(now_));
}

// ---- Watches -----------------------------------------------------------------------------------

void World::open_watch(Process& process, std::size_t lock, bool from_version) {
  Watch& watch = process.watches[lock];
  const std::string kind(process.kind_text(lock));
  note(process.label(), "asks",
       "WATCH" + (kind.empty() ? "" : " " + kind) +
           (from_version && watch.version != "0" ? " from " + version_text(watch.version) : ""));
  const auto object = static_cast<std::size_t>(process.spec().locks[lock]);
  watch.open = true;
  watch.ended = false;
  if (!from_version) {
    // It begins with a synthetic ADDED: the last change that left an object.
    watch.version = "0";
    watch.next = server_.model().history(object).size();
    if (server_.model().exists(object)) --watch.next;
  }
  process.election.watching(lock, true, process.now(now_));
}

void World::end_watch(Process& process, std::size_t lock) {
  Watch& watch = process.watches[lock];
  if (!watch.open) return;
  watch.open = false;
  watch.ended = true;
  const std::string kind(process.kind_text(lock));
  note(process.label(), "told", (kind.empty() ? "" : kind + " ") + "the watch has ended");
  process.election.watching(lock, false, process.now(now_));
}

// Changes that were made since the last call set out towards their watchers now.
void World::stamp_events() {
  for (std::size_t object = 0; object < server_.model().objects(); ++object) {
    auto& events = departures_[object];
    while (events.size() < server_.model().history(object).size()) {
      events.push_back({.order = ++order_, .arrives = now_ + latency_});
    }
  }
}

// ---- Time --------------------------------------------------------------------------------------

void World::settle() {
  stamp_events();
  for (int steps = 0;; ++steps) {
    if (steps > kMostAtOneMoment) {
      note("!!!", "", "this moment never ends");
      return;
    }
    for (Process& process : processes_) {
      if (process.runs()) pump(process);
    }
    check_one_leader();
    if (const std::optional<Parcel> parcel = next_parcel()) {
      carry(*parcel);
      continue;
    }
    if (!expire_or_tick()) return;
  }
}

// One process gives up waiting for an answer, or is woken as it asked to be. False if none is due.
bool World::expire_or_tick() {
  for (Process& process : processes_) {
    if (!process.runs()) continue;
    const core::Now now = process.now(now_);
    const auto late =
        std::find_if(process.flights.begin(), process.flights.end(),
                     [&](const Flight& flight) { return now.boot >= flight.deadline; });
    if (late != process.flights.end()) {
      late->state = Flight::State::kAnswered;
      late->answer = {.id = late->request.id,
                      .outcome = Outcome::kUnknown,
                      .object = {},
                      .retry_after = {},
                      .message = "no answer in " + short_text(late->request.timeout) + "s"};
      give_answer(process, static_cast<std::size_t>(late - process.flights.begin()));
      return true;
    }
    const std::optional<core::BootTime> wake = process.election.next_wake();
    if (wake && *wake <= now.boot) {
      process.election.tick(now);
      return true;
    }
  }
  return false;
}

// The next moment after now, at most `limit`, at which something arrives, or a process wakes or
// gives up waiting.
Duration World::next_moment(Duration limit) const {
  Duration next = limit;
  const auto arrival = [&](Duration at) {
    if (at > now_) next = std::min(next, at);
  };
  for (const auto& [kind, events] : departures_) {
    for (auto it = events.rbegin(); it != events.rend() && it->arrives > now_; ++it) {
      arrival(it->arrives);
    }
  }
  for (const Process& process : processes_) {
    if (!process.runs()) continue;
    if (const auto wake = process.election.next_wake()) next = std::min(next, process.when(*wake));
    for (const Flight& flight : process.flights) {
      arrival(flight.arrives);
      next = std::min(next, process.when(flight.deadline));
    }
  }
  return std::max(next, now_);
}

void World::advance_to(Duration since_start) {
  settle();
  while (now_ < since_start) {
    now_ = next_moment(since_start);
    settle();
  }
}

bool World::advance_until(const std::function<bool()>& done, Duration limit) {
  const Duration end = now_ + limit;
  settle();
  while (!done() && now_ < end) {
    now_ = next_moment(end);
    settle();
  }
  return done();
}

// Invariant 1, in every story and at every moment: at most one process believes that it leads.
void World::check_one_leader() {
  std::vector<std::string> leaders;
  for (const Process& process : processes_) {
    if (process.runs() && process.election.holds(process.now(now_))) {
      leaders.push_back(process.label());
    }
  }
  std::string text;
  if (leaders.size() > 1) {
    for (const std::string& leader : leaders) text += leader + " ";
  }
  if (!text.empty() && text != two_leaders_) note("!!!", "", "TWO LEADERS: " + text);
  two_leaders_ = text;
}

}  // namespace elector::tests
