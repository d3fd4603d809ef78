// SPDX-License-Identifier: Apache-2.0
// The network between the hosts and the API server: how long a message takes, and whether it
// arrives.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "tests/protocol/sim/dice.h"
#include "tests/protocol/sim/plan.h"
#include "tests/protocol/sim/schedule.h"

namespace elector::tests {

// One host's connection to the API server and back, in its present state.
struct Link {
  bool up_cut = false;                // requests do not arrive
  bool down_cut = false;              // answers and events do not arrive
  std::uint64_t loss_permille = 0;    // of the messages, each way, that get lost
  core::Duration slowness{};          // what a message may take beyond a good day's delay
  bool deaf = false;                  // watches stay open and show nothing
  std::uint64_t stale_permille = 0;   // of the GETs that show the past
  std::uint64_t repeat_permille = 0;  // of the writes that a proxy in between repeats
  Real disturbed{};                   // when something last went wrong here
};

class Network {
 public:
  Network(const Plan& plan, const Schedule& schedule, Dice& dice)
      : plan_(plan), schedule_(schedule), dice_(dice), links_(plan.hosts.size()) {}

  Link& link(std::size_t host) { return links_.at(host); }
  const Link& link(std::size_t host) const { return links_.at(host); }

  // Returns how long a message that is sent now takes; nothing if it gets lost.
  std::optional<core::Duration> up(std::size_t host) {
    return travel(host, links_.at(host).up_cut);
  }
  std::optional<core::Duration> down(std::size_t host) {
    return travel(host, links_.at(host).down_cut);
  }
  core::Duration event_lag(std::size_t host) {
    return dice_.between(plan_.delay_least, plan_.lag_most) + dice_.up_to(links_.at(host).slowness);
  }

  // Something at this host, or on its connection, is not as on a good day: invariant 4 promises
  // nothing.
  void disturb(std::size_t host, core::Duration until_after = {}) {
    Real& disturbed = links_.at(host).disturbed;
    disturbed = std::max(disturbed, schedule_.now() + until_after);
  }
  void disturb_all() {
    for (std::size_t host = 0; host < links_.size(); ++host) disturb(host);
  }
  bool impaired(std::size_t host) const {
    const Link& link = links_.at(host);
    return link.up_cut || link.down_cut || link.loss_permille > 0 || link.stale_permille > 0 ||
           link.deaf || link.slowness > core::Duration::zero();
  }

 private:
  std::optional<core::Duration> travel(std::size_t host, bool cut) {
    const Link& link = links_.at(host);
    if (cut || (link.loss_permille > 0 && dice_.chance(link.loss_permille))) return std::nullopt;
    return dice_.between(plan_.delay_least, plan_.delay_most) + dice_.up_to(link.slowness);
  }

  const Plan& plan_;
  const Schedule& schedule_;
  Dice& dice_;
  std::vector<Link> links_;
};

}  // namespace elector::tests
