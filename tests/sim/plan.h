// What one run of the simulator is made of, drawn from its seed: which candidates compete for which
// lock objects with which clocks, how the network behaves on a good day, and which faults happen
// how often. Each run enables a few kinds of faults only, so that each kind is also met alone.
//
// What the world can produce:
// - electors, and rivals that behave as client-go does (whole seconds, their own name alone), on
//   one lock object or two, also under one name;
// - clocks of different and changing rates, wall clocks that are set in both directions, processes
//   and machines that are paused, electors' and rivals' alike. Rates differ by less than L/D
//   between electors (L/K for their work) and L/(D + 1s) beside a rival;
// - a network that loses, delays and cuts, a proxy that repeats writes, reads of the past, and an
//   API server that is away, frozen, read-only or refuses, before or after it has written;
// - `elector resign` and `elector watch` as processes on machines of their own, to which all of
//   that happens, too;
// - other clients that edit fields, remove annotations, delete, empty, garble or overwrite the
//   record, and a store that is restored from a backup, with new versions or with reused ones;
// - work that does not stop when asked, and that takes time to be killed, and guards that are
//   stopped or killed;
// - two elections of one name, on two lock kinds.
//
// Overlaps that the invariants except are counted apart, each with its reason (tests/sim/apart.h).
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
  kPause,         // a process is stopped and goes on
  kMachinePause,  // a machine is paused from outside; its wall clock is told the time later
  kWallStep,      // a wall clock is set
  kRate,          // a clock begins to run at another rate
  kPartition,     // a host loses the network, in one or both directions
  kSlow,          // a host's messages take long, up to more than a lease
  kLossy,         // a host's requests and answers get lost at random
  kStaleReads,    // GETs show the past
  kRepeat,        // a proxy repeats writes on another backend
  kApiDown,       // the API server is away
  kApiFrozen,     // it hangs, and then does what it was asked long ago
  kForbidden,     // it says 403
  kThrottled,     // it says 429 with Retry-After
  kFailing,       // it says 500, with the write applied or not
  kReadOnly,      // it answers reads, and writes fail or hang
  kWatchBreak,    // watches end and begin anew: with the past, with a gap, in order
  kWatchStall,    // a watch stays open and shows nothing
  kBusy,          // a host's timers are late
  kEdit,          // somebody edits other fields of the lock object
  kStrip,         // somebody removes annotations of ours
  kAsk,           // `resign`, with a successor or without
  kGuardStop,     // a guard is stopped and goes on
  kGuardKill,     // a guard dies
  kFreezeAll,     // an elector, its guard and its command are stopped together
  kRemove,        // somebody deletes the lock object            (counted apart from here on)
  kEmpty,         // somebody takes the record out
  kGarble,        // somebody puts nonsense where the record was
  kUsurp,         // somebody writes a holder into the record
  kForce,         // `resign --force`
  kRestore,       // the store is restored from an earlier state
};
inline constexpr std::size_t kFaults = 33;
std::string_view name_of(Fault fault);

// What a run does to the record besides electing.
enum class Tampering {
  kNone,     // only candidates write or delete the record, as the invariants assume
  kVanish,   // it is deleted, emptied, garbled: whoever saw it held waits it out
  kUsurp,    // it is overwritten or forced: may cost what the leader takes to see it
  kRestore,  // the store is restored: a process that saw the record held waits it out
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
  kAsker,     // no candidate: `elector resign` runs there now and then
  kObserver,  // no candidate: `elector watch` runs there
};

inline constexpr std::int64_t kExactRate = 1'000'000;

struct HostPlan {
  std::string identity;
  std::string label;  // what the transcript calls it: two hosts may have one identity
  Role role = Role::kElector;
  core::Timing timing;
  std::vector<std::size_t> objects;    // its lock objects, the primary first
  std::int64_t rate_ppm = kExactRate;  // at the beginning, and the limits within which it changes
  std::int64_t rate_least = kExactRate;
  std::int64_t rate_most = kExactRate;
  core::Duration boot{};
  core::Duration wall_lead{};
  core::Duration wall_step{};
  bool may_watch = true;                // else watch is forbidden, and it polls
  bool deletions_have_versions = true;  // its shell tells the version of a DELETED event
  bool labels = false;                  // its release waits for a pod's label
  // The objects of the other lock kinds, if it looks at them; and how many of them come before its
  // own.
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
  bool work_outlives_hold = true;    // the rates allow K; else work ends with the hold
  // The candidates stand on two lock kinds under one name, without --lock: that is two elections,
  // of which one has to give way. Nothing goes wrong from `quiet_from` on.
  bool two_kinds = false;
  core::Duration quiet_from{};

  bool enabled(Fault fault) const { return faults.at(static_cast<std::size_t>(fault)); }
  core::Duration longest_lease() const;
  bool one_lease() const;  // all hosts have the same
  bool mixed() const;      // some candidates are not elector
  // Which of the elections a host takes part in.
  std::size_t election_of(const HostPlan& host) const {
    return two_kinds ? host.objects.front() : 0;
  }
};

Plan draw_plan(std::uint64_t seed);
// The hosts and the faults in a line, for a reader.
std::string describe(const Plan& plan);
// A rate for this host's clock, within its limits; the extremes are where mistakes show.
std::int64_t draw_rate(const HostPlan& host, Dice& dice);

}  // namespace elector::tests
