// SPDX-License-Identifier: Apache-2.0
#include "tests/system/chaos/plan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <random>

namespace elector::tests::chaos {
namespace {

// In the order of Fault.
constexpr std::array<FaultInfo, static_cast<std::size_t>(Fault::kCount)> kInfos{{
    {"SIGKILL", Place::kProcess, 18, false, false},
    {"SIGSTOP", Place::kProcess, 18, true, false},
    {"SIGTERM", Place::kProcess, 10, false, false},
    {"namesake", Place::kProcess, 12, true, false},
    {"stopped mid-write", Place::kProcess, 16, true, false},
    {"guard killed", Place::kExecProcess, 6, false, false},
    {"guard stopped", Place::kExecProcess, 6, true, false},
    {"child killed", Place::kExecProcess, 3, false, false},
    {"child stopped", Place::kExecProcess, 4, true, false},
    {"way cut", Place::kWay, 6, true, false},
    {"way half-open", Place::kWay, 8, true, false},
    {"answers held", Place::kWay, 8, true, false},
    {"way slow", Place::kWay, 5, true, false},
    {"way delayed", Place::kWay, 10, true, false},
    {"way corrupted", Place::kWay, 6, true, false},
    {"server restarted", Place::kServer, 4, true, false},
    {"server frozen", Place::kServer, 5, true, false},
    {"429", Place::kServer, 3, true, true},
    {"500", Place::kServer, 3, true, true},
    {"503", Place::kServer, 3, true, true},
    {"504 after the write", Place::kServer, 5, true, true},
    {"answer lost", Place::kServer, 5, true, true},
    {"request dropped", Place::kServer, 3, true, true},
    {"answer broken off", Place::kServer, 3, true, true},
    {"request hangs", Place::kServer, 3, true, true},
    {"answer garbled", Place::kServer, 3, true, true},
    {"stale read", Place::kServer, 3, true, true},
    {"watch ended", Place::kWatch, 4, false, true},
    {"watch stalled", Place::kWatch, 4, true, true},
    {"watch replayed", Place::kWatch, 4, false, true},
    {"watch gone (410)", Place::kWatch, 4, false, true},
    {"object deleted", Place::kObject, 4, false, false},
    {"object emptied", Place::kObject, 4, false, false},
    {"object garbled", Place::kObject, 4, false, false},
    {"object replaced", Place::kObject, 3, false, false},
    {"foreign holder", Place::kObject, 4, false, false},
    {"other field edited", Place::kObject, 0, false, false},
    {"token expired", Place::kCredential, 5, true, false},
    {"certificate changed", Place::kCredential, 4, true, false},
    {"kubeconfig rewritten", Place::kCredential, 4, true, false},
    {"authority changed", Place::kCredential, 4, true, false},
    {"resign", Place::kHand, 8, false, false},
    {"resign --force", Place::kHand, 4, false, false},
}};

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  // Not std's distributions, whose results differ between libraries.
  double fraction() { return static_cast<double>(random_() >> 11U) / 9007199254740992.0; }
  // As between things that come by themselves, in seconds.
  double pause(double average) { return -average * std::log(1 - fraction()); }
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  std::uint64_t bits() { return random_(); }

 private:
  std::mt19937_64 random_;
};

Span scaled(Span span, double factor) {
  return Span(static_cast<Span::rep>(static_cast<double>(span.count()) * factor));
}

bool possible(Fault fault, const PlanSetup& setup) {
  if (fault == Fault::kRestart) return setup.can_restart;
  if (fault == Fault::kFreeze) return setup.can_freeze;
  return setup.test_server || !info(fault).needs_test;
}

bool is_to_one(Fault fault) {
  const Place place = info(fault).place;
  return place == Place::kProcess || place == Place::kExecProcess || place == Place::kWay ||
         fault == Fault::kResign;
}

// In a calm stretch only what meets one candidate.
bool belongs(Fault fault, Stretch stretch) {
  if (stretch == Stretch::kCalm) return is_to_one(fault);
  return stretch == Stretch::kStorm || !excuses(fault);
}

Fault draw(const PlanSetup& setup, Stretch stretch, Dice& dice) {
  const auto drawable = [&](Fault fault) {
    return possible(fault, setup) && belongs(fault, stretch);
  };
  int sum = 0;
  for (std::size_t i = 0; i < kInfos.size(); ++i) {
    if (drawable(static_cast<Fault>(i))) sum += kInfos[i].weight;
  }
  int left = static_cast<int>(dice.below(static_cast<std::uint64_t>(sum)));
  for (std::size_t i = 0; i < kInfos.size(); ++i) {
    if (!drawable(static_cast<Fault>(i))) continue;
    left -= kInfos[i].weight;
    if (left < 0) return static_cast<Fault>(i);
  }
  return Fault::kEdit;
}

// Short ones, that a lease survives, as often as those that end it; processes are stopped for
// longer than a lease more often than not, and followers cut off for so long that they must forget
// the leader. Faults that hit every candidate leave time for something else.
Span length_of(Fault fault, bool leader, const PlanSetup& setup, Dice& dice) {
  if (!info(fault).lasts) return Span(0);
  const Place place = info(fault).place;
  const double shape = dice.fraction();
  double leases = 0.05 + 2.5 * shape * shape;
  if (place == Place::kProcess || place == Place::kExecProcess) leases = 0.05 + 2.5 * shape;
  if (place == Place::kWay && !leader) leases = 1.2 + 1.6 * shape;
  if (place == Place::kServer) leases = 0.05 + 2 * shape * shape;
  return scaled(setup.lease, leases);
}

// Edits of other fields come all the time, whatever else happens: one must meet every moment of a
// candidate's.
void add_edits(const PlanSetup& setup, Dice& dice, std::vector<Planned>& plan) {
  constexpr double kPause = 0.4;
  for (Span at{0}; at < setup.length; at += scaled(std::chrono::seconds(1), dice.pause(kPause))) {
    plan.push_back({.at = at,
                    .fault = Fault::kEdit,
                    .candidate = std::nullopt,
                    .length = Span(0),
                    .dice = dice.bits()});
  }
  std::stable_sort(plan.begin(), plan.end(),
                   [](const Planned& left, const Planned& right) { return left.at < right.at; });
}

}  // namespace

const FaultInfo& info(Fault fault) {
  return kInfos.at(static_cast<std::size_t>(fault));
}

std::optional<int> first_fit(int number, int candidates, const std::function<bool(int)>& fits) {
  for (int tried = 0; tried < candidates; ++tried) {
    const int one = (number + tried) % candidates;
    if (fits(one)) return one;
  }
  return {};
}

Stretch stretch_at(Span at) {
  constexpr Span kStretch = std::chrono::seconds(30);
  return static_cast<Stretch>(at / kStretch % 3);
}

bool excuses(Fault fault) {
  return fault == Fault::kForce || (info(fault).place == Place::kObject && fault != Fault::kEdit);
}

std::vector<Planned> plan_of(const PlanSetup& setup) {
  constexpr double kPause = 0.35;
  constexpr double kCalmPause = 0.5;  // and a lease
  Dice dice(setup.seed);
  std::vector<Planned> plan;
  Span at = setup.lease;
  while (true) {
    bool calm = stretch_at(at) == Stretch::kCalm;
    at += scaled(std::chrono::seconds(1), dice.pause(calm ? kCalmPause : kPause));
    if (calm) at += setup.lease;
    if (at >= setup.length) break;
    // Of the stretch in which it comes, which may be the next.
    const Stretch stretch = stretch_at(at);
    calm = stretch == Stretch::kCalm;
    const Fault fault = draw(setup, stretch, dice);
    const bool leader = dice.below(calm ? 4 : 3) != 0;
    const int number = static_cast<int>(dice.below(static_cast<std::uint64_t>(setup.candidates)));
    const Span length = length_of(fault, leader, setup, dice);
    plan.push_back({.at = at,
                    .fault = fault,
                    .candidate = leader ? std::nullopt : std::optional<int>(number),
                    .length = length,
                    .dice = dice.bits()});
  }
  add_edits(setup, dice, plan);
  return plan;
}

std::size_t least_terms(Span length, Span lease) {
  const Span pause = std::max(Span(std::chrono::seconds(10)), 5 * lease);
  return std::max<std::size_t>(1, static_cast<std::size_t>(length / pause));
}

std::vector<Fault> never_done(const std::vector<Planned>& plan, Span length,
                              const std::set<Fault>& done) {
  std::set<Fault> left;
  for (const Planned& one : plan) {
    if (one.at < length && !done.contains(one.fault)) left.insert(one.fault);
  }
  return {left.begin(), left.end()};
}

}  // namespace elector::tests::chaos
