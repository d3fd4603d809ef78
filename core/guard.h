// The rules of the guard: when the child of one term may start, when it is asked to stop, when it
// and everything that it left behind is killed, and what is said about it. Pure, as Election is: it
// is told facts and the time, and says what to do.
//
// Why there is one child: the guard starts it only inside the hold, and by itself, without being
// told, asks it to stop when the hold ends and kills the whole tree so that nothing of it is left
// by K, before anyone else may lead. Only a renewal that arrives before the end of the hold moves
// these moments.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "core/time.h"

namespace elector::core {

// Processes can appear while all are being killed; they are gone through again after this long.
// killing_for: since the first time. What is still there after a second sleeps in the kernel, and
// ends when that lets it.
Duration kill_again_after(Duration killing_for);
bool is_stuck(Duration killing_for);

// The moments of one term, on CLOCK_BOOTTIME.
struct TermLimits {
  BootTime hold_until{};  // the sending of the last proven write + D: the end of the hold
  BootTime gone_by{};     // the same + (K - D): nothing of the child may be left then
};

// When to kill at the latest so that nothing is left by then: a quarter of the time between the end
// of the hold and K is for the dying itself.
BootTime latest_kill(TermLimits limits);

class Guard {
 public:
  enum class Action {
    kStart,       // start the child; then call started() or not_started()
    kAskToStop,   // send the child the signal that asks it to stop, and SIGCONT
    kAskTheRest,  // send SIGTERM and SIGCONT to everything that the child left running
    kKillAll,     // send SIGKILL to everything; again while there is something
    kStuck,       // report, once, that something is left although it must not be
    kGone,        // report that nothing is left
  };

  // grace: how long the child may take to stop when it is asked to, at most.
  explicit Guard(Duration grace) : grace_(grace) {}

  // A term has begun. Starts the child, unless the hold is over already: then kGone follows at
  // once.
  void begin(TermLimits limits, BootTime now);
  // A renewal. False, and without effect, if the hold is over or the end has begun because it was.
  bool extend(TermLimits limits, BootTime now);
  // The orderly end: asks the child to stop now, and kills at `kill_by` at the latest.
  void end(BootTime kill_by, BootTime now);
  // elector is gone: nobody renews any more, and nobody will release.
  void orphaned(BootTime now);

  void started() { child_runs_ = true; }
  void not_started();
  // The child itself has ended; what it started may go on.
  void child_ended(BootTime now);
  // Nothing is left: wait said ECHILD.
  void tree_gone();
  void tick(BootTime now);

  std::vector<Action> take_actions();
  std::optional<BootTime> next_wake() const;

  // Whether the child may be started, or go on to exec, at this moment.
  bool may_run(BootTime now) const;
  bool busy() const { return phase_ != Phase::kIdle; }
  // True once the hold of the present term is over: nothing extends it any more.
  bool lapsed() const { return lapsed_; }
  // True once the lease made it kill before the grace was over.
  bool cut_short() const { return cut_short_; }

 private:
  enum class Phase {
    kIdle,     // no term
    kRunning,  // the child runs inside the hold
    kEnding,   // the child, or what it left, was asked to stop
    kKilling,  // being killed, until the wait says that nothing is left
  };

  void begin_end(BootTime kill_by);

  Duration grace_;
  Phase phase_ = Phase::kIdle;
  TermLimits limits_;
  BootTime kill_at_{};
  BootTime kill_again_at_{};
  bool child_runs_ = false;
  bool lapsed_ = false;
  bool cut_short_ = false;
  bool stuck_ = false;
  BootTime killing_since_{};
  std::vector<Action> actions_;
};

}  // namespace elector::core
