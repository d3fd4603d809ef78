// SPDX-License-Identifier: Apache-2.0
// The faults, one by one. Those of the server are in inflict_server.cpp.
#include <algorithm>
#include <csignal>
#include <stdexcept>
#include <utility>

#include "tests/support/candidate.h"
#include "tests/support/proc.h"
#include "tests/system/chaos/arena.h"

namespace elector::tests::chaos {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Credentials are looked at again once a second.
constexpr Span kLooksAgain = seconds(2);

Passage passage_of(const Planned& planned, bool plain, Span lease) {
  using Kind = Passage::Kind;
  Passage passage{.seed = planned.dice};
  switch (planned.fault) {
    case Fault::kCut:
      passage.kind = Kind::kCut;
      break;
    case Fault::kHold:
      passage.kind = Kind::kHold;
      break;
    case Fault::kDeaf:
      passage.kind = Kind::kDeaf;
      break;
    case Fault::kSlow:
      passage.kind = Kind::kSlow;
      passage.interval = std::chrono::microseconds(50 + planned.dice % 2000);
      break;
    case Fault::kDelay:
      passage.kind = Kind::kDelay;
      passage.delay = std::chrono::duration_cast<Milliseconds>(
          lease * static_cast<Span::rep>(planned.dice % 1000) / 500);
      break;
    default:
      // Without TLS a changed digit could not be detected, by elector or any other client.
      passage.kind = plain ? Kind::kControl : Kind::kDamage;
      passage.spacing = 100 + static_cast<int>(planned.dice % 5000);
  }
  return passage;
}

// Whether nothing at all of the lock gets to the candidate meanwhile.
bool blinds(Fault fault) {
  return fault == Fault::kCut || fault == Fault::kHold || fault == Fault::kDeaf ||
         fault == Fault::kFreeze || fault == Fault::kRestart;
}

}  // namespace

int Arena::leader() const {
  const auto latest = std::max_element(
      states_.begin(), states_.begin() + candidates_, [](const State& left, const State& right) {
        return left.contestant->last_claim() < right.contestant->last_claim();
      });
  return static_cast<int>(latest - states_.begin());
}

int Arena::target(const Planned& planned) const {
  const int number = planned.candidate.value_or(leader());
  if (planned.fault == Fault::kStopMidWrite) return writer(number, planned.dice);
  // Only a leader with exec has a child: aimed at any candidate, these would mostly be passed over.
  if (info(planned.fault).place == Place::kExecProcess) {
    const auto works = [this](int one) {
      const State& state = states_.at(static_cast<std::size_t>(one));
      return BootClock::now() >= state.process_free && state.contestant->child().has_value();
    };
    return first_fit(number, candidates_, works).value_or(number);
  }
  if (planned.fault != Fault::kCertificateChanges) return number;
  const auto certified = [this](int one) {
    return states_.at(static_cast<std::size_t>(one)).contestant->access().kind() ==
           Access::Kind::kCertificate;
  };
  return first_fit(number, candidates_, certified).value_or(number);
}

std::size_t Arena::disturb(const Planned& planned, int candidate, Span length, bool delays) {
  const Instant now = BootClock::now();
  disturbances_.push_back(
      {.begin = now,
       .end = now + length,
       .candidate = candidate,
       .what = info(planned.fault).name,
       .delays = delays,
       .blinds = blinds(planned.fault),
       .stills = planned.fault == Fault::kStop || planned.fault == Fault::kStopMidWrite});
  return disturbances_.size() - 1;
}

void Arena::inflict(const Planned& planned) {
  const Place place = info(planned.fault).place;
  const bool to_one = place == Place::kProcess || place == Place::kExecProcess ||
                      place == Place::kWay || place == Place::kCredential;
  const int number = to_one ? target(planned) : 0;
  State& state = states_.at(static_cast<std::size_t>(number));
  const Deed deed{.at = BootClock::now(),
                  .fault = planned.fault,
                  .who = to_one ? state.contestant->setup().name : "",
                  .length = planned.length};
  bool done = false;
  try {
    switch (place) {
      case Place::kProcess:
        done = process_fault(state, number, planned);
        break;
      case Place::kExecProcess:
        done = exec_fault(state, number, planned);
        break;
      case Place::kWay:
        done = way_fault(state, number, planned);
        break;
      case Place::kServer:
        done = server_fault(planned);
        break;
      case Place::kWatch:
        done = watch_fault(planned);
        break;
      case Place::kObject:
        done = object_fault(planned);
        break;
      case Place::kCredential:
        done = credential_fault(state, number, planned);
        break;
      case Place::kHand:
        done = hand_fault(planned);
        break;
    }
  } catch (const std::runtime_error&) {
    // The API refused, for example because the object does not exist, or another write was faster.
  }
  if (done) {
    deeds_.push_back(deed);
  } else {
    ++passed_over_;
  }
}

bool Arena::process_fault(State& state, int number, const Planned& planned) {
  const Instant now = BootClock::now();
  Contestant& one = *state.contestant;
  if (planned.fault == Fault::kStopMidWrite) return stop_mid_write(state, number, planned);
  if (!one.alive() || now < state.process_free) return false;
  if (planned.fault == Fault::kNamesake) return namesake_fault(state, number, planned);
  state.process_free = now + planned.length + kApart;
  if (planned.fault == Fault::kStop) {
    disturb(planned, number, planned.length + kApart, false);
    one.signal(SIGSTOP);
    later(planned.length, [&one] {
      one.signal(SIGCONT);
      return true;
    });
    return true;
  }
  mark_down(state, number, info(planned.fault).name);
  const bool kill = planned.fault == Fault::kKill;
  state.expected_codes = kill ? std::set<int>{137} : std::set<int>{0, 1, 143, 137};
  if (!kill) state.told_to_end = now;
  one.signal(kill ? SIGKILL : SIGTERM);
  return true;
}

// Another process of the same name competes for a while; mostly when this one is stopped or cut
// off, as when an operator starts a replacement for one that does not answer.
bool Arena::namesake_fault(State& state, int number, const Planned& planned) {
  const int other = number + candidates_;
  State& namesake = states_.at(static_cast<std::size_t>(other));
  if (namesake.contestant->alive()) return false;
  Planned along = planned;
  along.fault = planned.dice % 4 == 0 ? Fault::kStop : Fault::kHold;
  if (along.fault == Fault::kStop && !process_fault(state, number, along)) return false;
  if (planned.dice % 4 > 1 && !way_fault(state, number, along)) return false;
  begin_life(namesake, planned.dice);
  const bool kill = planned.dice / 4 % 2 == 0;
  later(planned.length + Span(state.contestant->setup().ttl), [&namesake, kill] {
    namesake.expected_codes = kill ? std::set<int>{137} : std::set<int>{0, 1, 143, 137};
    if (!kill) namesake.told_to_end = BootClock::now();
    namesake.contestant->signal(kill ? SIGKILL : SIGTERM);
    return true;
  });
  return true;
}

bool Arena::exec_fault(State& state, int number, const Planned& planned) {
  const Instant now = BootClock::now();
  Contestant& one = *state.contestant;
  const bool to_guard = planned.fault == Fault::kKillGuard || planned.fault == Fault::kStopGuard;
  const bool kill = planned.fault == Fault::kKillGuard || planned.fault == Fault::kKillChild;
  if (now < state.process_free) return false;
  const auto pid = to_guard ? one.guard() : one.child();
  if (!pid) return false;
  state.process_free = now + planned.length + kApart;
  state.expected_codes = {125, 137, 143};
  disturb(planned, number, planned.length + kApart, false);
  ::kill(*pid, kill ? SIGKILL : SIGSTOP);
  if (kill) return true;
  later(planned.length, [pid = *pid, name = process_name(*pid)] {
    if (process_name(pid) == name) ::kill(pid, SIGCONT);
    return true;
  });
  return true;
}

bool Arena::way_fault(State& state, int number, const Planned& planned) {
  const Instant now = BootClock::now();
  if (now < state.way_free) return false;
  Contestant& one = *state.contestant;
  const bool plain = one.access().kind() == Access::Kind::kPlain;
  const Passage passage = passage_of(planned, plain, one.setup().ttl);
  // What is delayed already is still under way when the delay ends.
  state.way_free = now + planned.length + passage.delay;
  disturb(planned, number, planned.length + passage.delay, true);
  one.relay().set(passage);
  later(planned.length, [&one] {
    one.relay().restore();
    return true;
  });
  return true;
}

bool Arena::object_fault(const Planned& planned) {
  if (!server_answers()) return false;
  const Instant before = BootClock::now();
  try {
    const auto change = object_->inflict(planned.fault, planned.dice);
    if (change) foreign_.push_back(*change);
  } catch (const Refused&) {
    throw;
  } catch (const std::runtime_error&) {
    // A 5xx, or unanswered: then it may have happened, up to now.
    if (planned.fault != Fault::kEdit) {
      foreign_.push_back({before, BootClock::now(), info(planned.fault).name});
    }
    throw;
  }
  if (planned.fault != Fault::kEdit) {
    disturbances_[disturb(planned, Disturbance::kAll, Span(0), false)].veils = false;
  }
  return true;
}

bool Arena::credential_fault(State& state, int number, const Planned& planned) {
  const Instant now = BootClock::now();
  Access& access = state.contestant->access();
  if (!server_answers() || now < state.credential_free) return false;
  const bool authority = planned.fault == Fault::kAuthorityChanges;
  if (authority && access.kind() == Access::Kind::kPlain) return false;
  if (planned.fault == Fault::kCertificateChanges) {
    return change_certificate(state, number, planned);
  }
  state.credential_free = kNever;
  const std::size_t disturbance = disturb(planned, number, Span(0), false);
  disturbances_[disturbance].end = kNever;
  // First of all, as what follows may fail.
  later(planned.length, [this, &state, &access, disturbance, number, authority, now] {
    if (!server_answers()) return false;
    access.renew();
    // A process that has started meanwhile has read what it does not read again.
    if (authority && state.contestant->began() >= now && !replace(state, number)) return false;
    state.credential_free = BootClock::now() + kLooksAgain;
    disturbances_[disturbance].end = state.credential_free;
    return true;
  });
  if (authority) {
    access.distrust();
  } else if (planned.fault == Fault::kKubeconfigRewritten) {
    access.garble(planned.dice);
  } else {
    access.expire();
  }
  // Connections that stand trust the old authority for good.
  if (authority) state.contestant->relay().reset();
  return true;
}

// Another pair, as good as the one before. Connections that stand know the old one for good, and
// are therefore dropped: when the new pair is there, and again when it must have been read.
bool Arena::change_certificate(State& state, int number, const Planned& planned) {
  Access& access = state.contestant->access();
  if (access.kind() != Access::Kind::kCertificate) return false;  // a real server's candidates
  const Span length = std::max(planned.length, kLooksAgain);
  state.credential_free = BootClock::now() + length + kLooksAgain;
  disturb(planned, number, length + kApart, false);
  access.renew();
  state.contestant->relay().reset();
  later(length, [&state] {
    state.contestant->relay().reset();
    return true;
  });
  return true;
}

// Ends it, to begin another life. False if that must wait.
bool Arena::replace(State& state, int number) {
  const Instant now = BootClock::now();
  if (now < state.process_free) return false;
  state.process_free = now + kApart;
  mark_down(state, number, "ended");
  state.expected_codes.insert(137);
  state.contestant->signal(SIGKILL);
  return true;
}

bool Arena::hand_fault(const Planned& planned) {
  if (!server_answers()) return false;
  const Instant now = BootClock::now();
  const bool force = planned.fault == Fault::kForce;
  // To the first that comes, to a candidate, and to one that does not exist.
  const auto which = static_cast<std::size_t>(planned.dice) % states_.size();
  std::string to;
  if (planned.dice / 64 % 3 == 1) to = states_[which].contestant->setup().name;
  if (planned.dice / 64 % 3 == 2) to = "nowhere";
  resign(force ? "" : to, force);
  if (force) {
    hands_.back()->wait_exit(seconds(10));
    foreign_.push_back({now, BootClock::now(), info(planned.fault).name});
  }
  const std::size_t disturbance = disturb(planned, Disturbance::kAll, Span(0), false);
  disturbances_[disturbance].begin = now;
  disturbances_[disturbance].disables = force;
  disturbances_[disturbance].veils = false;
  return true;
}

void Arena::resign(const std::string& to, bool force) {
  Command command{.arguments = {elector_binary(), "resign", election_.text(), "-n=default",
                                "--lock=" + setup_.lock, "--kubeconfig=" + cluster_.kubeconfig()},
                  .environment = clean_environment()};
  if (force) command.arguments.emplace_back("--force");
  if (!to.empty()) command.arguments.push_back("--to=" + to);
  hands_.push_back(std::make_unique<Process>(command));
}

}  // namespace elector::tests::chaos
