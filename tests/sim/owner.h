// The work that needs leadership, and whoever looks after it: `exec`'s guarded child, or the
// application beside a sidecar. It begins when the process is elected, ends some time after it is
// asked to, and is killed at its deadline even if the process that was elected has died or is
// stopped.
#pragma once

#include <cstdint>
#include <functional>

#include "core/time.h"

namespace elector::tests {

class Host;
class World;

class Owner {
 public:
  // `on_gone`: the work has ended. Whether there still is a process to tell is for `host` to say.
  Owner(World& world, Host& host, std::function<void()> on_gone)
      : world_(world), host_(host), on_gone_(std::move(on_gone)) {}

  bool runs() const { return runs_; }

  void begin(core::BootTime hold_until, core::BootTime gone_by);
  void extend(core::BootTime hold_until, core::BootTime gone_by);
  void drain();                       // asked to end in its own time
  void lose(core::BootTime gone_by);  // leadership is lost
  void process_died();                // the elector is gone: to end soon, by the deadline
  void machine_died();                // so is all else
  void thawed();                      // the clock runs again

 private:
  core::BootTime deadline(core::BootTime hold_until, core::BootTime gone_by) const;
  void end_within(core::Duration most);
  void guard();
  void end();

  World& world_;
  Host& host_;
  std::function<void()> on_gone_;
  bool runs_ = false;
  bool guarded_ = false;  // the guard will look again by itself
  core::BootTime guarded_for_{};
  std::uint64_t look_ = 0;
  std::uint64_t number_ = 0;
  core::BootTime deadline_{};
  core::Duration grace_{};  // K - D
};

}  // namespace elector::tests
