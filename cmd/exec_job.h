// SPDX-License-Identifier: Apache-2.0
// The command of `elector exec` and its candidacy: stands, has the guard run the command while this
// process leads, and ends both in order. core/job_course.h decides what each event means and
// wait_limit.h when to give up; this carries it out.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "cmd/candidate/candidate.h"
#include "cmd/candidate/services.h"
#include "cmd/cli/options.h"
#include "cmd/guard/foreground.h"
#include "cmd/guard/guard_client.h"
#include "cmd/output/log.h"
#include "cmd/process/signals.h"
#include "core/error.h"
#include "core/guard.h"
#include "core/job_course.h"
#include "core/kill_time.h"
#include "core/time.h"
#include "core/wait_limit.h"
#include "kube/base/poller.h"
#include "kube/session.h"

namespace elector::cmd {

class Job {
 public:
  // The session, the log and the options must outlive this.
  Job(kube::Session& session, const Log& log, const ExecOptions& options, Foreground foreground);

  // `guard` comes from fork_guard(). Fails with kSystem or kUsage; the guard has then ended.
  Failure open(const ForkedGuard& guard);
  // Runs until the job ends. Returns the exit code, as exec().
  int run();

 private:
  void on_report(const core::Report& report);
  void on_elected(const core::Report& report);
  void on_stop_work(const core::Report& report);
  void on_lost(const core::Report& report);
  std::string describe_stop(const core::Report& report) const;
  void log_leaving() const;
  void on_guard(const GuardReport& report);
  void on_guard_lost(const std::string& why);
  void log_end(int wait_status) const;
  void on_counted(std::size_t processes);
  void on_gone();
  bool asks_to_stop(Signal arrived) const;
  void on_signal(Signal arrived);
  void on_stop_signal(Signal signal);
  void share_terminal();
  void log_not_suspended() const;
  void follow(core::JobCourse::Next next);
  void begin_to_wait();
  void give_up_in_time();
  void give_up(core::WaitLimit::Reason reason);
  std::string trouble() const;
  std::vector<std::string> variables(const core::Report& report) const;

  kube::Session& session_;
  const Log& log_;
  const ExecOptions& options_;
  const Foreground foreground_;
  core::JobCourse course_;
  core::WaitLimit wait_limit_;
  Candidate candidate_;
  std::unique_ptr<GuardClient> guard_;
  std::unique_ptr<Services> services_;
  std::unique_ptr<Signals> signals_;
  ChildSignal stop_signal_{.number = SIGTERM};  // asks the command to stop
  core::BootTime keep_until_{};                 // --hold
  core::TermLimits limits_;                     // of the term, as of its last renewal
  bool hurried_ = false;                        // by a second signal
  std::size_t processes_ = 0;                   // of the command, as of the last count
  core::SizeWarning size_warning_;
  std::vector<std::string> variables_;
  kube::Poller::TimerId wait_timer_ = 0;
  kube::Poller::TimerId hold_timer_ = 0;
  kube::Poller::TimerId terminal_timer_ = 0;
  bool led_ = false;             // since the lock was last released
  core::BootTime started_at_{};  // of the latest command
  pid_t child_ = -1;             // the command of the latest term, which leads a process group
};

}  // namespace elector::cmd
