// The course of `exec`: what each event means for the command, for the candidacy and for the exit
// code. Pure; cmd/job.cpp carries it out.
#pragma once

#include <optional>

#include "core/election.h"
#include "core/guard.h"
#include "core/time.h"

namespace elector::core {

// Exit codes of exec itself; elector-exec(1), EXIT STATUS.
inline constexpr int kExecFailed = 125;
inline constexpr int kEndedBySignal = 128;  // + the signal

// When nothing of the command of a term that was lost may be left. hold_until, gone_by: as the
// report of the loss has them. Where the lock was taken, or cleared by force, another may lead at
// once, so the time to K that otherwise follows the hold is not used.
BootTime gone_by_after_loss(LossReason reason, BootTime hold_until, BootTime gone_by);

// When to kill the command of a term that was lost: at the end of its grace. The guard ends it by
// itself when the hold does; a lock that was taken, or a pause that the clock did not count, ends
// it earlier. limits: by the last renewal; gone_by: of gone_by_after_loss().
BootTime kill_after_loss(TermLimits limits, BootTime gone_by, BootTime end_of_grace);

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
  // As Report::Kind::kStopWork and kLost.
  Next stop_work(StopReason reason);
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
  // No command is there, or it is being ended with its term, and another term may follow: a signal
  // that ends a standby must not be lost on it.
  bool between_terms() const { return !job_there_ || (!in_office_ && !job_done_ && !signalled_); }
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

}  // namespace elector::core
