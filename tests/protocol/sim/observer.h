// SPDX-License-Identifier: Apache-2.0
// A host on which `elector watch` runs: the shipping core::LeaderWatcher in a shell that does what
// cmd/observe/election_watcher.cpp and kube/lock/lock_informer.cpp do, on simulated time and
// network.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/leader_watcher.h"
#include "core/record.h"
#include "core/time.h"
#include "tests/protocol/sim/client.h"
#include "tests/protocol/sim/host.h"
#include "tests/protocol/sim/observer_check.h"
#include "tests/protocol/sim/watcher.h"

namespace elector::tests {

class Observer final : public Host {
 public:
  Observer(World& world, std::size_t index) : Host(world, index), check_(world, *this) {}

  bool claims() const override { return false; }
  bool works() const override { return false; }
  bool stands() const override { return false; }

  ObserverCheck& check() { return check_; }

 private:
  // One lock object.
  struct Feed {
    std::unique_ptr<Watcher> watcher{};
    bool synced = false;
    bool established = false;
    bool reading = false;
    std::uint64_t poll = 0;  // the latest that is armed
  };
  // The API server's clock at a read, and this machine's.
  struct ServerClock {
    core::WallTime wall{};
    core::BootTime boot{};
  };

  void on_boot() override;
  void on_crash() override;

  void read(std::size_t lock);
  void read_again_in(std::size_t lock, core::Duration pause);
  void watch(std::size_t lock);
  void on_established(std::size_t lock, bool established);
  void event(std::size_t lock, const core::Observation& seen);
  void observe(std::size_t lock, const core::Observation& seen, core::Source source);
  void settle(const std::optional<core::LeaderChange>& change);
  void arm();
  void look_again();
  void take_clock();
  std::optional<core::WallTime> server_now() const;

  std::unique_ptr<Client> client_{};
  std::vector<Feed> feeds_{};
  std::optional<core::LeaderWatcher> watcher_{};
  std::optional<ServerClock> clock_of_server_{};
  std::optional<core::BootTime> armed_for_{};
  bool checking_ = false;
  ObserverCheck check_;
};

}  // namespace elector::tests
