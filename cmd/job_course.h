// The course of `exec`: what each event means for the command, for the candidacy and for the exit
// code. Pure; cmd/job.cpp carries it out.
#pragma once

#include <cstddef>
#include <optional>

#include "core/election.h"
#include "core/guard.h"
#include "core/time.h"

namespace elector::cmd {

// wait_status: as of wait(2).
int exec_exit_code(int wait_status);

// When to kill the command of a term that was lost: at the end of its grace. The guard ends it by
// itself when the hold does; a lock that was taken, or a pause that the clock did not count, ends
// it earlier. limits: by the last renewal; gone_by: as the report of the loss has it; processes: by
// the last count.
core::BootTime kill_after_loss(core::TermLimits limits, core::BootTime gone_by,
                               core::BootTime end_of_grace, std::size_t processes = 0);

class JobCourse {
 public:
  enum class Next {
    kNothing,
    kEndJob,    // ask the command to stop; gone() follows
    kGiveBack,  // nothing of the command is left: Candidate::work_stopped()
    kAgain,     // start the command once more, in the same term
    kHold,      // keep the lock for the rest of --hold, then end_hold()
  };

  // exit_on_loss: --on-loss=exit.
  explicit JobCourse(bool exit_on_loss) : exit_on_loss_(exit_on_loss) {}

  // The term has begun, and with it the command.
  void elected();
  // As core::Report::Kind::kStopWork and kLost.
  Next stop_work(core::StopReason reason);
  Next lost();

  // The command did not start, which is final, or ended by itself: it is not started again.
  void ended(int code);
  // Nothing of it is left. holds: Candidate::holds(). hold_over: --hold is.
  Next gone(bool holds, bool hold_over);
  void end_hold() { leave(*code_); }
  // The guard has died, and everything below is being killed; gone() follows.
  void guard_lost();

  // A signal that begins the orderly end. False for one more of them.
  bool stop_by_signal(int signal);
  // From now on this process only finishes. An exit code that is clear already stays.
  void leave(int code);

  // What to exit with, once leave() was called and nothing of the command is left.
  std::optional<int> exit_code() const;
  bool leaving() const { return leaving_; }
  bool job_there() const { return job_there_; }
  bool job_done() const { return job_done_; }
  // The command is wanted: it leads, and the command has not ended.
  bool working() const { return in_office_ && !job_done_; }
  // The end that elector is asked for, by a signal, makes the command's exit code count.
  bool signalled() const { return signalled_; }

 private:
  bool exit_on_loss_;
  bool in_office_ = false;  // elected, and neither lost nor asked to stop
  bool job_there_ = false;  // from the start to gone()
  bool job_done_ = false;   // the command ended by itself
  bool signalled_ = false;
  bool leaving_ = false;
  int stopped_by_ = 0;       // the last signal of stop_by_signal()
  std::optional<int> code_;  // once it is clear
};

}  // namespace elector::cmd
