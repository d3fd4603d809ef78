// SPDX-License-Identifier: Apache-2.0
// elector's side of `exec`: the shipping core::JobCourse and core::GuardWatch in a shell that does
// what cmd/exec_job.cpp and cmd/guard/guard_client.cpp do. The guard (guard_process.h) is a
// separate process; guards of former elector processes may still be working.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/election.h"
#include "core/guard.h"
#include "core/guard_watch.h"
#include "core/job_course.h"
#include "core/time.h"
#include "tests/protocol/sim/guard_process.h"
#include "tests/protocol/sim/host.h"
#include "tests/protocol/sim/local.h"

namespace elector::tests {

class World;

class Owner {
 public:
  struct Handler {
    std::function<void()> work_stopped;  // nothing of the term's work is left
    std::function<void()> leave;         // from now on this process only finishes
  };

  Owner(World& world, Host& host, Handler handler);

  // ---- elector's process

  void boot();
  void elected(const core::Report& report);
  void renewed(const core::Report& report);
  void stop_work(core::StopReason reason);
  void lose(const core::Report& report);
  void stop_by_signal();  // SIGTERM to elector
  void process_died();
  void machine_died();
  void resumed() { resumed_ = local_.now(); }
  void thawed() { local_.clock_changed(); }

  // ---- Faults

  void stop_guard();
  void continue_guard();
  void kill_guard();
  // The command, its guard and, by its host, elector are stopped together.
  void freeze();
  void unfreeze();

  // ---- For the checks

  bool runs() const;  // processes of any work exist and are not stopped
  bool works_now() const { return guard_ != nullptr && guard_->command().there(); }
  // Whether several commands run here, former processes' included.
  bool several() const;
  // Whether work runs here that neither its guard nor its elector can end at present.
  bool unguarded() const;
  // Whether a term's work was started and has not been reported gone.
  bool busy() const { return course_ && course_->job_there(); }
  bool leaving() const { return course_ && course_->leaving(); }
  bool may_exit() const { return course_ && course_->exit_code(); }

 private:
  using Kind = cmd::GuardCommand::Kind;

  core::TermLimits limits_of(const core::Report& report);
  void follow(core::JobCourse::Next next);
  void begin();
  void end(core::BootTime kill_by, core::BootTime gone_by);
  void send(cmd::GuardCommand command);
  void receive();
  void on_report(const cmd::GuardReport& report);
  void look();
  void arm();
  void timer(core::BootTime armed_for);
  void lose_guard();
  void kill_everything();
  void on_gone();
  bool able(const GuardProcess& guard) const;
  void check_gone_by(GuardProcess& guard);
  void gone_by_is_over(GuardProcess& guard);

  World& world_;
  Host& host_;
  Handler handler_;
  Local local_;
  std::vector<std::unique_ptr<GuardProcess>> all_{};
  mutable std::vector<GuardProcess*> active_{};  // with something that runs, or the present one
  std::vector<const GuardProcess*> checked_{};   // with a check of gone_by scheduled
  GuardProcess* guard_ = nullptr;                // of the present process of elector
  std::optional<core::JobCourse> course_{};
  std::optional<core::GuardWatch> watch_{};
  std::uint64_t last_serial_ = 0;
  bool lost_ = false;
  core::BootTime lost_at_{};
  std::optional<core::BootTime> armed_for_{};
  core::Duration dying_{};  // K - D
  core::TermLimits limits_{};
  core::BootTime keep_until_{};
  core::BootTime resumed_{};  // when elector was last unable to do its work
};

}  // namespace elector::tests
