// SPDX-License-Identifier: Apache-2.0
// One machine of the simulated world with one process on it: its clocks, its connection to the API
// server, and what can happen to a process from outside (it dies, is stopped, its machine is
// paused). The derived classes implement the process.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string_view>

#include "core/time.h"
#include "tests/protocol/sim/host_clock.h"
#include "tests/protocol/sim/plan.h"
#include "tests/protocol/sim/schedule.h"

namespace elector::tests {

class World;

class Host {
 public:
  Host(World& world, std::size_t index);
  virtual ~Host() = default;
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  std::size_t index() const { return index_; }
  const HostPlan& plan() const { return plan_; }
  std::string_view name() const { return plan_.label; }
  const HostClock& clock() const { return clock_; }
  core::Now local() const { return clock_.at(schedule_.now()); }

  bool alive() const { return alive_; }
  bool paused() const { return paused_; }
  bool frozen() const { return clock_.frozen(); }
  bool running() const { return alive_ && !paused_ && !frozen(); }

  // ---- What happens to it

  void boot();
  void crash();
  void pause();  // SIGSTOP
  void resume();
  void freeze();  // the machine is paused from outside: its CLOCK_BOOTTIME stands still
  void thaw();
  void step_wall(core::Duration by);
  void change_rate(std::int64_t rate_ppm);
  void set_busy(core::Duration lateness) { lateness_ = lateness; }
  bool busy() const;  // its timers come late

  // What a process finds after having been stopped for a while, and may handle in any order.
  enum class Inbox { kTimers, kAnswers, kEvents, kOwner };
  using Action = Schedule::Action;
  // Wraps `what` as an action of the present process, to be called at any later time: it is done
  // then, or when the process runs again, and never if it has died by then.
  Action in_process(Inbox kind, Action what);
  // The same, now, for the process with this number.
  void handle(std::uint64_t life, Inbox kind, Action what);
  std::uint64_t life() const { return life_; }

  // ---- What it believes

  // Whether it would report now, if asked, that it leads.
  virtual bool claims() const = 0;
  // Whether work that needs leadership runs here.
  virtual bool works() const = 0;
  // Whether only others keep it from being elected.
  virtual bool stands() const = 0;

 protected:
  virtual void on_boot() = 0;
  virtual void on_crash() = 0;
  virtual void on_resume() {}
  virtual void on_thaw(core::Duration) {}
  virtual void on_wall_step(core::Duration) {}
  virtual void on_rate_change() {}

  // At a time of CLOCK_BOOTTIME, or later by as much as timers are late here.
  void at_local(core::BootTime when, Action what);

  World& world_;

 private:
  const Schedule& schedule_;
  void empty_inboxes();

  std::size_t index_;
  const HostPlan& plan_;
  HostClock clock_;
  core::Duration lateness_;
  bool alive_ = false;
  bool paused_ = false;
  Real frozen_at_{};
  std::uint64_t life_ = 0;  // processes so far
  std::array<std::deque<Action>, 4> inboxes_{};
};

}  // namespace elector::tests
