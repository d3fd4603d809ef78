// SPDX-License-Identifier: Apache-2.0
// The course of `exec`: what each event means for the command, for the candidacy and for the exit
// code. Pure; cmd/exec_job.cpp carries it out.
#pragma once

#include <cstddef>
#include <optional>

#include "core/election.h"
#include "core/guard.h"
#include "core/time.h"

namespace elector::core {

// Returns by when nothing of the command of a lost term may be left. hold_until, gone_by: from the
// report of the loss. If the lock was taken, or cleared by force, another candidate may lead at
// once, so the time from the end of the hold to K is not used.
BootTime gone_by_after_loss(LossReason reason, BootTime hold_until, BootTime gone_by);

// Returns when to kill the command of a lost term: at the end of its grace. The guard ends the
// command on its own when the hold ends; a lock that was taken, or a pause that the clock did not
// count, ends it earlier. limits: from the last renewal; gone_by: from gone_by_after_loss();
// processes: from the last count.
BootTime kill_after_loss(TermLimits limits, BootTime gone_by, BootTime end_of_grace,
                         std::size_t processes = 0);

class JobCourse {
 public:
  enum class Next {
    kNothing,
    kEndJob,    // ask the command to stop; gone() follows
    kGiveBack,  // nothing of the command is left: Candidate::work_stopped()
    kAgain,     // start the command again, in the same term
    kHold,      // keep the lock for the rest of --hold, then end_hold()
  };

  // exit_on_loss: --on-loss=exit.
  explicit JobCourse(bool exit_on_loss) : exit_on_loss_(exit_on_loss) {}

  // The term has begun, and with it the command.
  void elected();
  // As Report::Kind::kStopWork and kLost.
  Next stop_work(StopReason reason);
  Next lost();

  // The command failed to start, which is final, or ended by itself: it is not started again.
  void ended(int code);
  // Nothing of the command is left. holds: Candidate::holds(). hold_over: whether --hold has
  // passed.
  Next gone(bool holds, bool hold_over);
  void end_hold() { leave(*code_); }
  // The guard has died, and everything below it is being killed; gone() follows.
  void guard_lost();

  // Takes a signal that begins the orderly end. Returns false if an earlier one already did.
  bool stop_by_signal(int signal);
  // From now on this process only finishes. An exit code that is already set stays.
  void leave(int code);

  // Returns the exit code, once leave() was called and nothing of the command is left.
  std::optional<int> exit_code() const;
  bool leaving() const { return leaving_; }
  bool job_there() const { return job_there_; }
  // True when there is no command, or the command is being ended with its term and another term may
  // follow: a signal that ends a standby must not be lost on that command.
  bool between_terms() const { return !job_there_ || (!in_office_ && !job_done_ && !signalled_); }
  bool job_done() const { return job_done_; }
  // Whether the command should run: this process leads, and the command has not ended.
  bool working() const { return in_office_ && !job_done_; }
  // Whether a signal asked elector to end, which makes the command's exit code count.
  bool signalled() const { return signalled_; }

 private:
  bool exit_on_loss_;
  bool in_office_ = false;  // elected, and neither lost nor asked to stop
  bool job_there_ = false;  // from the start of the command to gone()
  bool job_done_ = false;   // the command ended by itself
  bool signalled_ = false;
  bool leaving_ = false;
  int stopped_by_ = 0;       // the last signal of stop_by_signal()
  std::optional<int> code_;  // once it is known
};

}  // namespace elector::core
