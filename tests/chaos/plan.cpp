#include "tests/chaos/plan.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <random>

namespace elector::tests::chaos {
namespace {

// In the order of Fault.
constexpr std::array<FaultInfo, static_cast<std::size_t>(Fault::kCount)> kInfos{{
    {"SIGKILL", Place::kProcess, 12, false, false},
    {"SIGSTOP", Place::kProcess, 12, true, false},
    {"SIGTERM", Place::kProcess, 8, false, false},
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
    {"other field edited", Place::kObject, 25, false, false},
    {"token expired", Place::kCredential, 5, true, false},
    {"certificate changed", Place::kCredential, 4, true, false},
    {"kubeconfig rewritten", Place::kCredential, 4, true, false},
    {"resign", Place::kHand, 6, false, false},
    {"resign --force", Place::kHand, 2, false, false},
}};

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  // Not std's distributions, whose results differ between libraries.
  double fraction() { return static_cast<double>(random_() >> 11U) / 9007199254740992.0; }
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

Fault draw(const PlanSetup& setup, Dice& dice) {
  int sum = 0;
  for (std::size_t i = 0; i < kInfos.size(); ++i) {
    if (possible(static_cast<Fault>(i), setup)) sum += kInfos[i].weight;
  }
  int left = static_cast<int>(dice.below(static_cast<std::uint64_t>(sum)));
  for (std::size_t i = 0; i < kInfos.size(); ++i) {
    if (!possible(static_cast<Fault>(i), setup)) continue;
    left -= kInfos[i].weight;
    if (left < 0) return static_cast<Fault>(i);
  }
  return Fault::kEdit;
}

// Short ones, that a lease survives, as often as those that end it; of the server's, which meet
// everyone, none that leave no time for anything else.
Span length_of(Fault fault, const PlanSetup& setup, Dice& dice) {
  if (!info(fault).lasts) return Span(0);
  const double shape = dice.fraction();
  const bool all = info(fault).place == Place::kServer;
  return scaled(setup.lease, 0.05 + (all ? 1.5 : 2.5) * shape * shape);
}

}  // namespace

const FaultInfo& info(Fault fault) {
  return kInfos.at(static_cast<std::size_t>(fault));
}

std::vector<Planned> plan_of(const PlanSetup& setup) {
  // Pauses between faults, on the average; now and then a long one, in which all must heal.
  constexpr double kPause = 0.45;
  constexpr double kRest = 8;
  Dice dice(setup.seed);
  std::vector<Planned> plan;
  Span at = setup.lease;
  while (true) {
    const double pause = dice.below(40) == 0 ? kRest : -kPause * std::log(1 - dice.fraction());
    at += scaled(std::chrono::seconds(1), pause);
    if (at >= setup.length) return plan;
    const Fault fault = draw(setup, dice);
    const bool leader = dice.below(3) != 0;
    const int number = static_cast<int>(dice.below(static_cast<std::uint64_t>(setup.candidates)));
    const Span length = length_of(fault, setup, dice);
    plan.push_back({.at = at,
                    .fault = fault,
                    .candidate = leader ? std::nullopt : std::optional<int>(number),
                    .length = length,
                    .dice = dice.bits()});
  }
}

}  // namespace elector::tests::chaos
