// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/sim/plan.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "tests/protocol/sim/dice.h"

namespace elector::tests {
namespace {

using core::Duration;
using core::Timing;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::array<std::string_view, kFaults> kNames = {
    "crash",         "stop",         "resign",     "pause",     "machine pause", "wall clock step",
    "clock rate",    "partition",    "slow",       "lossy",     "stale reads",   "repeat",
    "API down",      "API frozen",   "forbidden",  "throttled", "failing",       "read-only",
    "watch break",   "watch stall",  "busy",       "edit",      "strip",         "ask",
    "guard stopped", "guard killed", "all frozen", "remove",    "empty",         "garble",
    "usurp",         "force",        "restore"};

Timing draw_timing(Dice& dice, seconds lease) {
  Timing timing = Timing::from_lease_duration(lease);
  if (dice.chance(500)) return timing;
  Timing custom = timing;
  custom.renew_deadline = dice.between(Duration(lease) / 4, Duration(lease) - seconds(1));
  custom.retry_period = dice.between(Duration(lease) / 20, custom.renew_deadline);
  return custom.check() ? timing : custom;
}

// Returns how many times faster the fastest clock may run than the slowest so that L > D still
// holds, in millionths. `deadline` returns which of a term's durations must fit in L, or 0 if the
// host is exempt; both are on the leader's clock.
template <typename Deadline>
std::int64_t rate_margin(const std::vector<HostPlan>& hosts, Deadline deadline) {
  std::int64_t margin = 4 * kExactRate;
  for (const HostPlan& host : hosts) {
    for (const HostPlan& other : hosts) {
      // A term that is taken over from a shorter record takes that record's duration.
      const Timing term =
          host.rival() ? host.timing : host.timing.shortened_to(other.timing.lease_duration);
      const Duration lease(term.lease_duration);
      margin = std::min(margin, lease / microseconds(1) * kExactRate /
                                    (deadline(host, term) / microseconds(1) + 1));
    }
  }
  return std::max(margin, kExactRate);
}

std::int64_t hold_margin(const std::vector<HostPlan>& hosts) {
  return rate_margin(hosts, [](const HostPlan& host, const Timing& term) {
    return host.rival() ? Duration::zero() : term.renew_deadline;
  });
}

// K = (D + L) / 2, by the design and not by the code under test.
std::int64_t work_margin(const std::vector<HostPlan>& hosts) {
  return rate_margin(hosts, [](const HostPlan& host, const Timing& term) {
    return host.rival() ? Duration::zero() : (term.renew_deadline + term.lease_duration) / 2;
  });
}

// The margin between an elector and a rival: a client that compares whole seconds does not notice a
// renewal within the second of the last one.
std::int64_t rival_margin(const std::vector<HostPlan>& hosts) {
  return rate_margin(hosts, [](const HostPlan&, const Timing& term) {
    return term.renew_deadline + Duration(seconds(1));
  });
}

void draw_hosts(Plan& plan, Dice& dice) {
  static constexpr std::array kLeases = {2, 2, 3, 4, 5, 6, 8, 10, 15};
  const bool one_lease = dice.chance(700);
  const bool twins = dice.chance(80);
  const bool rivals = dice.chance(250);
  // The layout: one object, two, or a migration between them.
  plan.two_kinds = !rivals && !twins && dice.chance(80);
  const std::uint64_t layout = plan.two_kinds ? 3 : dice.below(6);
  plan.precisions.emplace_back(dice.chance(500) ? Duration(microseconds(1)) : Duration(seconds(1)));
  if (layout >= 3) plan.precisions.emplace_back(microseconds(1));
  // Beside rivals, short leases leave little room.
  const bool little_room = rivals && dice.chance(500);
  const seconds lease(kLeases.at(dice.below(little_room ? 3 : kLeases.size())));
  const std::size_t count =
      1 + static_cast<std::size_t>(little_room) +
      static_cast<std::size_t>(dice.below(4 + static_cast<std::uint64_t>(!little_room)));
  for (std::size_t i = 0; i < count; ++i) {
    HostPlan host;
    host.label = "host-" + std::string(1, static_cast<char>('a' + i));
    host.identity = twins ? "host-a" : host.label;
    host.timing = draw_timing(
        dice, one_lease || little_room ? lease : seconds(kLeases.at(dice.below(kLeases.size()))));
    host.objects = {0};
    if (layout >= 3) host.objects = {0, 1};
    if (layout == 4 && dice.chance(500)) host.objects = {0};
    if (layout == 5 && dice.chance(500)) host.objects = {1};
    if (plan.two_kinds) {
      host.preferred_kinds = static_cast<std::size_t>(dice.below(2));
      host.objects = {host.preferred_kinds};
      host.other_kinds = {1 - host.preferred_kinds};
    }
    // MultiLock overwrites the secondary whatever it is, so all must stand on the same primary.
    const bool rival = rivals && (host.objects.size() == 1 || layout == 3) &&
                       (little_room ? i > 0 : dice.chance(500));
    host.role = rival ? Role::kRival : Role::kElector;
    host.boot = dice.up_to(hours(1000));
    host.wall_lead = hours(24 * 365 * 56) + dice.up_to(hours(20));
    host.wall_step = dice.chance(200) ? Duration(seconds(1)) : Duration(microseconds(1));
    host.may_watch = dice.chance(900);
    host.deletions_have_versions = dice.chance(500);
    host.labels = dice.chance(200);
    plan.hosts.push_back(std::move(host));
  }
}

// Electors' clock rates lie between 1 and `most`; a rival's differs from each of them by at most
// `beside`.
void draw_rates(Plan& plan, Dice& dice) {
  plan.work_outlives_hold = dice.chance(600);
  if (dice.chance(300)) return;
  std::int64_t most = plan.work_outlives_hold ? work_margin(plan.hosts) : hold_margin(plan.hosts);
  const std::int64_t beside = rival_margin(plan.hosts);
  if (plan.mixed()) most = std::min(most, beside * beside / kExactRate);
  for (HostPlan& host : plan.hosts) {
    host.rate_least = host.rival() ? (most * kExactRate + beside - 1) / beside : kExactRate;
    host.rate_most = host.rival() ? std::max(beside, host.rate_least) : most;
    host.rate_ppm = draw_rate(host, dice);
  }
}

void draw_faults(Plan& plan, Dice& dice) {
  const std::uint64_t eagerness = 100 + 200 * dice.below(4);
  const auto first_tampering = static_cast<std::size_t>(Fault::kRemove);
  plan.faults.fill(false);
  for (std::size_t i = 0; i < first_tampering; ++i) plan.faults.at(i) = dice.chance(eagerness);
  // It makes the leader stand aside for a lease, so that less can be required of the others.
  plan.faults.at(static_cast<std::size_t>(Fault::kAsk)) = dice.chance(200);
  plan.faults.at(static_cast<std::size_t>(Fault::kStrip)) = dice.chance(150);
  // Beside clients that compare whole seconds, wall clocks matter; with two lock objects, the fate
  // of a write does. Some runs are about that alone.
  const bool about_clocks = plan.mixed() && plan.longest_lease() <= seconds(3);
  const bool about_writes = plan.precisions.size() > 1 && !about_clocks && dice.chance(150);
  if (about_clocks || about_writes) {
    plan.faults.fill(false);
    plan.faults.at(static_cast<std::size_t>(about_clocks ? Fault::kWallStep : Fault::kRepeat)) =
        true;
    plan.faults.at(static_cast<std::size_t>(Fault::kSlow)) = about_writes;
  }
  if (about_clocks) return;  // their forward steps end terms
  // Without one of these there would be only one election.
  plan.faults.at(dice.below(static_cast<std::uint64_t>(Fault::kPause))) = true;
  const std::uint64_t tampering = dice.below(20);
  if (plan.two_kinds) return;
  if (tampering < 3) {
    plan.tampering = Tampering::kVanish;
    for (const Fault fault : {Fault::kRemove, Fault::kEmpty, Fault::kGarble}) {
      plan.faults.at(static_cast<std::size_t>(fault)) = dice.chance(600);
    }
  } else if (tampering == 3) {
    plan.tampering = Tampering::kUsurp;
    for (const Fault fault : {Fault::kUsurp, Fault::kForce}) {
      plan.faults.at(static_cast<std::size_t>(fault)) = dice.chance(700);
    }
  } else if (tampering < 7) {
    plan.tampering = Tampering::kRestore;
    plan.versions = dice.chance(700) ? Versions::kGoOn : Versions::kReuse;
    plan.faults.at(static_cast<std::size_t>(Fault::kRestore)) = true;
  }
}

// Beside the candidates; drawn separately, so that the candidates of a seed stay the same.
HostPlan draw_bystander(const Plan& plan, Role role, std::string label, Dice& dice) {
  HostPlan host;
  host.role = role;
  host.identity = host.label = std::move(label);
  host.timing = plan.hosts.front().timing;
  const std::size_t objects = plan.precisions.size();
  if (plan.two_kinds || (objects > 1 && dice.chance(200))) {
    host.objects = {static_cast<std::size_t>(dice.below(objects))};
  } else {
    for (std::size_t object = 0; object < objects; ++object) host.objects.push_back(object);
  }
  host.boot = dice.up_to(hours(1000));
  host.wall_lead = hours(24 * 365 * 56) + dice.up_to(hours(20));
  host.wall_step = microseconds(1);
  host.may_watch = dice.chance(850);
  return host;
}

void draw_bystanders(Plan& plan) {
  Dice dice(plan.seed ^ 0x6279);
  plan.server_wall = hours(24 * 365 * 56) + hours(10);
  if (plan.enabled(Fault::kAsk) || plan.enabled(Fault::kForce)) {
    plan.hosts.push_back(draw_bystander(plan, Role::kAsker, "asker-a", dice));
    if (dice.chance(400)) {
      plan.hosts.push_back(draw_bystander(plan, Role::kAsker, "asker-b", dice));
    }
  }
  if (!dice.chance(300)) return;
  plan.hosts.push_back(draw_bystander(plan, Role::kObserver, "watch", dice));
  if (dice.chance(400)) return;
  // Most machines keep correct time, which an observer relies on at first.
  for (HostPlan& host : plan.hosts) {
    host.wall_lead = plan.server_wall - host.boot + dice.up_to(milliseconds(500));
  }
}

}  // namespace

std::int64_t draw_rate(const HostPlan& host, Dice& dice) {
  const std::uint64_t where = dice.below(3);
  if (where == 0) return host.rate_least;
  if (where == 1) return host.rate_most;
  const auto width = static_cast<std::uint64_t>(host.rate_most - host.rate_least);
  return host.rate_least + static_cast<std::int64_t>(dice.below(width + 1));
}

std::string_view name_of(Fault fault) {
  return kNames.at(static_cast<std::size_t>(fault));
}

Duration Plan::longest_lease() const {
  Duration longest{};
  for (const HostPlan& host : hosts) {
    longest = std::max(longest, Duration(host.timing.lease_duration));
  }
  return longest;
}

bool Plan::one_lease() const {
  return std::all_of(hosts.begin(), hosts.end(), [this](const HostPlan& host) {
    return host.timing.lease_duration == hosts.front().timing.lease_duration;
  });
}

bool Plan::mixed() const {
  return std::any_of(hosts.begin(), hosts.end(), [](const HostPlan& host) { return host.rival(); });
}

std::string describe(const Plan& plan) {
  std::string text;
  for (const HostPlan& host : plan.hosts) {
    text += host.label + (host.rival() ? " (rival, \"" : " (\"") + host.identity + "\", " +
            std::to_string(host.timing.lease_duration.count()) + "s, locks";
    for (const std::size_t object : host.objects) text += " " + std::to_string(object);
    text += "), ";
  }
  text += "faults:";
  for (std::size_t i = 0; i < kFaults; ++i) {
    if (plan.faults.at(i)) text += " " + std::string(kNames.at(i)) + ",";
  }
  if (plan.versions == Versions::kReuse) text += " versions are reused,";
  text.pop_back();
  return text;
}

Plan draw_plan(std::uint64_t seed) {
  Dice dice(seed ^ 0x70616c6e);
  Plan plan;
  plan.seed = seed;
  draw_hosts(plan, dice);
  draw_rates(plan, dice);
  draw_faults(plan, dice);
  const Duration lease = plan.longest_lease();
  plan.delay_least = microseconds(200);
  plan.delay_most = dice.chance(800) ? dice.between(milliseconds(1), milliseconds(20))
                                     : dice.between(milliseconds(20), milliseconds(150));
  if (plan.precisions.size() > 1) {  // both of a multi-lock must be acquired within a retry period
    for (const HostPlan& host : plan.hosts) {
      plan.delay_most = std::min(plan.delay_most, host.timing.retry_period / 8);
    }
  }
  plan.lag_most = plan.delay_most * static_cast<int>(1 + dice.below(5));
  plan.lateness = dice.chance(700) ? Duration(milliseconds(1)) : Duration(milliseconds(100));
  plan.fault_every = dice.between(lease / 4, plan.mixed() ? lease : lease * 3);
  // Slower than a read and a write, otherwise no write could ever succeed.
  plan.edit_every =
      plan.enabled(Fault::kEdit) ? dice.between(plan.lag_most * 10, lease) : Duration{};
  plan.length = lease * 40;
  if (plan.two_kinds) {
    plan.quiet_from = lease * 12;
    plan.length = lease * 60;
  }
  draw_bystanders(plan);
  return plan;
}

}  // namespace elector::tests
