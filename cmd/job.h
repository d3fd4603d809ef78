// The command of `elector exec` with its candidacy: stands, has the guard run the command while
// this process leads, and ends both in order. What each event means is core/job_course.h's to say,
// and when to give up wait_limit.h's; this carries it out.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "cmd/candidate.h"
#include "cmd/foreground.h"
#include "cmd/guard_link.h"
#include "cmd/log.h"
#include "cmd/options.h"
#include "cmd/session.h"
#include "cmd/side_work.h"
#include "cmd/signals.h"
#include "cmd/wait_limit.h"
#include "core/guard.h"
#include "core/job_course.h"
#include "core/time.h"
#include "kube/error.h"
#include "kube/poller.h"

namespace elector::cmd {

class Job {
 public:
  // The session, the log and the options must outlive this.
  Job(Session& session, const Log& log, const ExecOptions& options, Foreground foreground);

  // The guard as of fork_guard(). Fails with kSystem or kUsage; the guard has ended then.
  kube::Failure open(const ForkedGuard& guard);
  // Until it ends; the exit code, as exec() has it.
  int run();

 private:
  void on_report(const core::Report& report);
  void on_elected(const core::Report& report);
  void on_stop_work(const core::Report& report);
  void on_lost(const core::Report& report);
  void log_leaving() const;
  void on_guard(const GuardReport& report);
  void on_guard_lost(const std::string& why);
  void on_gone();
  bool asks_to_stop(Signal arrived) const;
  void on_signal(Signal arrived);
  void on_stop_signal(Signal signal);
  void share_terminal();
  void log_not_suspended() const;
  void follow(core::JobCourse::Next next);
  void begin_to_wait();
  void give_up_in_time();
  void give_up(WaitLimit::Reason reason);
  std::string trouble() const;
  std::vector<std::string> variables(const core::Report& report) const;

  Session& session_;
  const Log& log_;
  const ExecOptions& options_;
  const Foreground foreground_;
  core::JobCourse course_;
  WaitLimit wait_limit_;
  Candidate candidate_;
  std::unique_ptr<GuardLink> guard_;
  std::unique_ptr<SideWork> side_work_;
  std::unique_ptr<Signals> signals_;
  ChildSignal stop_signal_{.number = SIGTERM};  // what asks the command to stop
  core::BootTime keep_until_{};                 // --hold
  core::TermLimits limits_;                     // of the term, by its last renewal
  std::vector<std::string> variables_;
  kube::Poller::TimerId wait_timer_ = 0;
  kube::Poller::TimerId hold_timer_ = 0;
  kube::Poller::TimerId terminal_timer_ = 0;
  pid_t child_ = -1;  // the command of the latest term, which leads a process group
};

}  // namespace elector::cmd
