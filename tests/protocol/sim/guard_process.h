// SPDX-License-Identifier: Apache-2.0
// The guard as a separate process, which can be stopped, killed and late: the shipping core::Guard
// in a shell that does what cmd/guard/guard_process.cpp does.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

#include "cmd/guard/protocol.h"
#include "core/guard.h"
#include "core/time.h"
#include "tests/protocol/sim/command.h"
#include "tests/protocol/sim/local.h"
#include "tests/protocol/sim/pipe.h"
#include "tests/protocol/sim/schedule.h"

namespace elector::tests {

class Host;
class World;

// The time left for dying when the guard kills at the last moment, by the design and not by the
// code under test: a quarter of the time between the end of the hold and K.
inline core::Duration time_for_dying(const core::TermLimits& limits) {
  return (limits.gone_by - limits.hold_until) / 4;
}
// The same when elector kills: half of it, of which the machine may use half before elector runs.
inline core::Duration time_after_elector(const core::TermLimits& limits) {
  return time_for_dying(limits) / 4;
}

class GuardProcess {
 public:
  // on_report: elector's end of the socket has become readable.
  GuardProcess(World& world, const Host& host, Local& local, std::function<void()> on_report);
  GuardProcess(const GuardProcess&) = delete;
  GuardProcess& operator=(const GuardProcess&) = delete;

  // ---- elector's end of the socket

  // Returns false if there is no room or no guard.
  bool tell(const cmd::GuardCommand& command);
  std::optional<cmd::GuardReport> hear() { return reports_.receive(); }
  bool at_end() const { return !alive_ && reports_.empty(); }
  void hang_up();  // elector is gone

  // ---- What happens to it

  void stop();
  void go_on();
  void kill();
  void vanish();  // with the machine

  bool alive() const { return alive_; }
  // Whether it runs, and has done so for that long.
  bool able(core::Duration for_how_long) const;
  core::BootTime died_at() const { return died_at_; }
  Command& command() { return command_; }
  const Command& command() const { return command_; }

  // ---- For the checks: the term as elector knows it

  core::TermLimits limits{};

 private:
  void wake_soon();
  void wake();
  void note_exec_result();
  void drain();
  void carry_out(const cmd::GuardCommand& command);
  void reap();
  void act();
  void start();
  void report(const cmd::GuardReport& what);
  void send_reports();
  void arm();

  World& world_;
  const Host& host_;
  Local& local_;
  std::function<void()> on_report_;
  Pipe<cmd::GuardCommand> commands_;
  Pipe<cmd::GuardReport> reports_;
  std::deque<cmd::GuardReport> unsent_{};  // what did not fit into the socket
  core::Guard guard_;
  Command command_;
  bool alive_ = true;
  bool stopped_ = false;
  bool orphaned_ = false;
  bool end_seen_ = false;     // of the socket
  bool exec_open_ = false;    // the result of an exec has not come yet
  bool child_known_ = false;  // the child is known to exist
  bool asked_ = false;
  bool waking_ = false;  // it is about to look
  core::BootTime went_on_{};
  core::BootTime died_at_{};
  std::optional<core::BootTime> armed_for_{};
};

}  // namespace elector::tests
