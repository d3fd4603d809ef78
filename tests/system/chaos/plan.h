// SPDX-License-Identifier: Apache-2.0
// What goes wrong, when, for how long and for which candidate: a plan that follows from its seed
// alone.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/system/chaos/boot_clock.h"

namespace elector::tests::chaos {

enum class Fault {
  // To the process.
  kKill,
  kStop,
  kTerm,
  kNamesake,      // a second process of its name
  kStopMidWrite,  // while the answer to its write is on the way
  kKillGuard,     // exec's, as the next three
  kStopGuard,
  kKillChild,
  kStopChild,
  // On the way to the server.
  kCut,
  kHold,
  kDeaf,
  kSlow,
  kDelay,
  kDamage,
  // At the server.
  kRestart,
  kFreeze,
  kTooMany,       // 429 with Retry-After
  kServerError,   // 500
  kUnavailable,   // 503
  kTimeoutAfter,  // 504 after the write was applied
  kLoseAnswer,    // the write is applied, the connection ends
  kDrop,
  kBreakOff,  // in the middle of the answer
  kHang,
  kGarbage,
  kStale,
  kWatchEnds,
  kWatchStalls,
  kWatchReplays,
  kWatchGone,  // 410
  // To the lock object.
  kDelete,
  kEmpty,
  kGarble,
  kReplace,
  kForeignHolder,
  kEdit,  // other fields
  // To the credentials.
  kTokenExpires,
  kCertificateChanges,
  kKubeconfigRewritten,
  kAuthorityChanges,  // in the kubeconfig, to a wrong one
  // By hand.
  kResign,
  kForce,
  kCount
};

// Where it strikes.
enum class Place { kProcess, kExecProcess, kWay, kServer, kWatch, kObject, kCredential, kHand };

struct FaultInfo {
  const char* name;
  Place place;
  int weight;       // how often, among all
  bool lasts;       // it has an end
  bool needs_test;  // only the test server can do it on command
};
const FaultInfo& info(Fault fault);

struct Planned {
  Span at;  // from the start
  Fault fault;
  std::optional<int> candidate;  // its number; nothing for the leader at that time
  Span length;                   // 0 if it does not last
  std::uint64_t dice;            // selects everything else
};

struct PlanSetup {
  std::uint64_t seed = 1;
  std::chrono::seconds length{600};
  int candidates = 5;
  Span lease{std::chrono::seconds(3)};  // faults last up to three of it
  bool test_server = true;
  bool can_restart = true;
  bool can_freeze = true;
};

// Stretches of half a minute follow each other. kCalm: leaders fall one after the other, with time
// enough to see what follows from that. kStorm: everything comes together. kStrict: a storm without
// changes of the record by strangers, so that nothing that is then seen is excused by one.
enum class Stretch { kCalm, kStorm, kStrict };
Stretch stretch_at(Span at);
// Whether what follows from the fault is counted apart.
bool excuses(Fault fault);

// The candidate for a fault that not every candidate can have: the first that can, from that number
// on and around; nothing if none can.
std::optional<int> first_fit(int number, int candidates, const std::function<bool(int)>& fits);

std::vector<Planned> plan_of(const PlanSetup& setup);

// A run of that length in which fewer terms were seen has tried nothing: one for ten seconds, and
// for five leases where these are longer. Usual are more than twice as many.
std::size_t least_terms(Span length, Span lease);
// The kinds that were planned for that time, and that hit no candidate.
std::vector<Fault> never_done(const std::vector<Planned>& plan, Span length,
                              const std::set<Fault>& done);

}  // namespace elector::tests::chaos
