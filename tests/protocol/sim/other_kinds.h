// SPDX-License-Identifier: Apache-2.0
// A candidate's looks at the other lock kinds of its election's name: the shipping core::OtherLocks
// in a shell that does what cmd/candidate/candidate.cpp does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>

#include "core/other_locks.h"
#include "core/record.h"
#include "core/request.h"
#include "tests/protocol/sim/host.h"

namespace elector::tests {

class World;

class OtherKinds {
 public:
  // How often a leader looks, in leases: a run is too short for looks every five minutes.
  static constexpr int kLookAgain = 2;

  // own: the record that the process's own lock shows. on_look is called when a look has shown
  // something.
  OtherKinds(World& world, Host& host, std::function<std::optional<core::Record>()> own,
             std::function<void()> on_look);

  bool clear() const { return others_.clear(); }
  // Looks at what is due, and schedules the next look.
  void look(bool leading);

 private:
  void read(std::size_t index);
  void answered(std::size_t index, const core::Answer& answer);
  void arm(bool leading);

  World& world_;
  Host& host_;
  std::function<std::optional<core::Record>()> own_;
  std::function<void()> on_look_;
  core::OtherLocks others_;
  std::uint64_t reads_ = 0;
  std::map<std::size_t, std::uint64_t> reading_{};  // by index: the read under way
  std::optional<core::BootTime> armed_for_{};
};

}  // namespace elector::tests
