// SPDX-License-Identifier: Apache-2.0
// What one run of the simulator consists of, drawn from its seed: which candidates compete for
// which lock objects with which clocks, how the network behaves on a good day, and which faults
// happen how often. Each run enables only a few kinds of faults, so that each kind also occurs
// alone.
//
// What the world can produce:
// - electors, and rivals that behave as client-go does (whole seconds, known by name alone), on one
//   lock object or two, also under one name;
// - clocks with different and changing rates, wall clocks that are set in both directions, and
//   processes and machines that are paused, for electors and rivals alike. Rates differ by less
//   than L/D between electors (L/K for their work) and L/(D + 1s) beside a rival;
// - a network that loses, delays and cuts, a proxy that repeats writes, reads of the past, and an
//   API server that is away, frozen, read-only or refuses, before or after it has written;
// - `elector resign` and `elector watch` as processes on machines of their own, with the same
// faults;
// - other clients that edit fields, remove annotations, delete, empty, garble or overwrite the
//   record, and a store that is restored from a backup, with new versions or with reused ones;
// - work that does not stop when asked and takes time to be killed, and guards that are stopped or
//   killed;
// - two elections of one name, on two lock kinds.
//
// Overlaps that the invariants make an exception for are counted apart, each with its reason
// (tests/protocol/sim/apart.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "core/timing.h"

namespace elector::tests {

enum class Fault {
  kCrash,         // a process dies and comes back with the same name
  kStop,          // SIGTERM: steps down, releases, exits, comes back
  kResign,        // is unfit: steps down, and stands again later
  kPause,         // a process is stopped and continued
  kMachinePause,  // a machine is paused from outside; its wall clock is corrected later
  kWallStep,      // a wall clock is set
  kRate,          // a clock begins to run at another rate
  kPartition,     // a host loses the network, in one or both directions
  kSlow,          // a host's messages take long, up to more than a lease
  kLossy,         // a host's requests and answers get lost at random
  kStaleReads,    // GETs show the past
  kRepeat,        // a proxy repeats writes on another backend
  kApiDown,       // the API server is away
  kApiFrozen,     // it hangs, and then carries out old requests
  kForbidden,     // it answers 403
  kThrottled,     // it answers 429 with Retry-After
  kFailing,       // it answers 500, with the write applied or not
  kReadOnly,      // it answers reads, and writes fail or hang
  kWatchBreak,    // watches end and begin again: with the past, with a gap, in order
  kWatchStall,    // a watch stays open and shows nothing
  kBusy,          // a host's timers are late
  kEdit,          // another client edits other fields of the lock object
  kStrip,         // another client removes elector's annotations
  kAsk,           // `resign`, with a successor or without
  kGuardStop,     // a guard is stopped and continued
  kGuardKill,     // a guard dies
  kFreezeAll,     // an elector, its guard and its command are stopped together
  kRemove,        // another client deletes the lock object   (counted apart from here on)
  kEmpty,         // another client removes the record
  kGarble,        // another client replaces the record with nonsense
  kUsurp,         // another client writes a holder into the record
  kForce,         // `resign --force`
  kRestore,       // the store is restored from an earlier state
};
inline constexpr std::size_t kFaults = 33;
std::string_view name_of(Fault fault);

// What a run does to the record in addition to the elections.
enum class Tampering {
  kNone,     // only candidates write or delete the record, as the invariants assume
  kVanish,   // deleted, emptied, garbled: waited out by all that saw it held
  kUsurp,    // overwritten or forced: may overlap until the leader sees it
  kRestore,  // the store is restored: waited out by all that saw the record held
};

// Which versions a restored store gives to the writes that follow.
enum class Versions {
  kGoOn,   // greater than all before, as after etcd's --bump-revision
  kReuse,  // those that follow the restored state, a second time
};

class Dice;

enum class Role {
  kElector,
  kRival,     // a candidate that behaves as client-go's leaderelection does
  kAsker,     // not a candidate: `elector resign` runs there now and then
  kObserver,  // not a candidate: `elector watch` runs there
};

inline constexpr std::int64_t kExactRate = 1'000'000;

struct HostPlan {
  std::string identity;
  std::string label;  // its name in the transcript: two hosts may have one identity
  Role role = Role::kElector;
  core::Timing timing;
  std::vector<std::size_t> objects;    // its lock objects, the primary first
  std::int64_t rate_ppm = kExactRate;  // at the beginning; the limits within which it changes
                                       // follow
  std::int64_t rate_least = kExactRate;
  std::int64_t rate_most = kExactRate;
  core::Duration boot{};
  core::Duration wall_lead{};
  core::Duration wall_step{};
  bool may_watch = true;                // otherwise watch is forbidden, and it polls
  bool deletions_have_versions = true;  // its shell passes on the version of a DELETED event
  bool labels = false;                  // its release waits for a pod's label
  // The objects of the other lock kinds, if it looks at them; and how many of them precede its own.
  std::vector<std::size_t> other_kinds{};
  std::size_t preferred_kinds = 0;

  bool rival() const { return role == Role::kRival; }
  bool candidate() const { return role == Role::kElector || role == Role::kRival; }
};

struct Plan {
  std::uint64_t seed = 0;
  std::vector<core::Duration> precisions;  // of the lock objects
  std::vector<HostPlan> hosts;
  Tampering tampering = Tampering::kNone;
  Versions versions = Versions::kGoOn;  // after a restore
  core::Duration server_wall{};         // the API server's wall clock when the world begins
  core::Duration length{};
  core::Duration delay_least{};  // of a message on a good day, one way
  core::Duration delay_most{};
  core::Duration lag_most{};         // of a watch event
  core::Duration lateness{};         // of timers
  core::Duration fault_every{};      // mean time between faults
  core::Duration edit_every{};       // of other fields; 0 for never
  std::array<bool, kFaults> faults;  // the enabled kinds
  bool work_outlives_hold = true;    // the rates allow K; otherwise work ends with the hold
  // The candidates stand on two lock kinds under one name, without --lock: two elections, of which
  // one must give way. Nothing goes wrong from `quiet_from` on.
  bool two_kinds = false;
  core::Duration quiet_from{};

  bool enabled(Fault fault) const { return faults.at(static_cast<std::size_t>(fault)); }
  core::Duration longest_lease() const;
  bool one_lease() const;  // the same for all hosts
  bool mixed() const;      // some candidates are not elector
  // Returns the election that a host takes part in.
  std::size_t election_of(const HostPlan& host) const {
    return two_kinds ? host.objects.front() : 0;
  }
};

Plan draw_plan(std::uint64_t seed);
// Returns the hosts and the faults in one line, for a reader.
std::string describe(const Plan& plan);
// Draws a rate for this host's clock, within its limits; mistakes show at the extremes.
std::int64_t draw_rate(const HostPlan& host, Dice& dice);

}  // namespace elector::tests
