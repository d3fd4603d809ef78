// SPDX-License-Identifier: Apache-2.0
// Checks what `elector watch` reports about the leader: never a leader whose record has expired by
// the observer's clock, what the lock shows within a watch event (invariant 6), and each change
// once. It uses independent rules.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/leader_watcher.h"
#include "core/record.h"
#include "core/time.h"
#include "tests/protocol/sim/schedule.h"
#include "tests/protocol/sim/witness.h"

namespace elector::tests {

class Candidate;
class Observer;
class World;

// Before it reports that there is no leader any more it reads once more, for at most this long.
inline constexpr core::Duration kLastLook = std::chrono::seconds(2);

class ObserverCheck {
 public:
  ObserverCheck(World& world, const Observer& who) : world_(world), who_(who) {}

  // A process begins.
  void begins();
  void shown(std::size_t lock, const core::Observation& seen, core::Source source);
  // It has dealt with what it was shown, or with a time that it waited for.
  void said(const core::LeaderWatcher& watcher, const std::optional<core::LeaderChange>& change);
  void step();

 private:
  // What a lock object has shown.
  struct Lock {
    Witness witness;
    core::Observation seen{};
    std::uint64_t version = 0;  // the newest shown
    core::BootTime since{};     // when its record was first shown
    bool known = false;
    bool alive = false;  // the record was seen being renewed, about when its times say
  };

  bool looks_again(const std::string& leader) const;
  void follows_the_lock(const std::string& leader);
  void follows_the_leader();
  void fail(const std::string& how) const;

  World& world_;
  const Observer& who_;
  std::vector<Lock> locks_{};
  std::optional<std::string> told_{};  // the leader of the last line
  std::optional<core::BootTime> told_until_{};
};

}  // namespace elector::tests
