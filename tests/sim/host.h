// One machine of the simulated world with one process on it: its clocks, its way to the API server,
// and what can happen to a process from outside (it dies, is stopped, its machine is paused). What
// the process does is the derived classes'.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string_view>

#include "core/time.h"
#include "tests/sim/host_clock.h"
#include "tests/sim/plan.h"
#include "tests/sim/schedule.h"

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

  // What a process finds when it has been stopped for a while, and may handle in any order.
  enum class Inbox { kTimers, kAnswers, kEvents, kOwner };
  using Action = Schedule::Action;
  // `what` as an action of the present process, to be called at any later moment: it is done then,
  // or when the process runs again, and never if it has died by then.
  Action in_process(Inbox kind, Action what);
  // The same, now, for the process with this number.
  void handle(std::uint64_t life, Inbox kind, Action what);
  std::uint64_t life() const { return life_; }

  // ---- What it believes

  // It would say, if asked at this moment, that it leads.
  virtual bool claims() const = 0;
  // Work that needs leadership runs here.
  virtual bool works() const = 0;
  // Nothing keeps it from being elected but others.
  virtual bool stands() const = 0;

 protected:
  virtual void on_boot() = 0;
  virtual void on_crash() = 0;
  virtual void on_resume() {}
  virtual void on_thaw(core::Duration) {}
  virtual void on_wall_step(core::Duration) {}
  virtual void on_rate_change() {}

  // At a moment of CLOCK_BOOTTIME or as much later as timers here come late.
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
