// SPDX-License-Identifier: Apache-2.0
// The rules of the guard: when the child of a term may start, when it is asked to stop, when it and
// everything that it left behind is killed, and what is reported. Pure, as Election is: it takes
// facts and the time, and returns actions.
//
// Why there is one child: the guard starts it only inside the hold. When the hold ends, the guard,
// on its own, asks the child to stop and kills the whole tree in time for nothing to be left by K,
// before another candidate may lead. Only a renewal that arrives before the end of the hold moves
// these moments.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

#include "core/kill_time.h"
#include "core/time.h"

namespace elector::core {

class Guard {
 public:
  enum class Action {
    kStart,       // start the child; then call started() or not_started()
    kAskToStop,   // send the child its stop signal, and SIGCONT
    kAskTheRest,  // send SIGTERM and SIGCONT to everything that the child left running
    kKillAll,     // send SIGKILL to everything; repeat while processes are left
    kStuck,       // report, once, that processes are left although none may be
    kGone,        // report that nothing is left
  };

  // grace: the longest time the child may take to stop when it is asked to.
  explicit Guard(Duration grace) : grace_(grace) {}

  // Begins a term: starts the child, unless the hold is already over; then kGone follows at once.
  void begin(TermLimits limits, BootTime now);
  // Takes a renewal. Returns false, and has no effect, if the hold is over or the child is being
  // ended because it was.
  bool extend(TermLimits limits, BootTime now);
  // Ends the term in an orderly way: asks the child to stop now, and kills it at `kill_by` at the
  // latest.
  void end(BootTime kill_by, BootTime now);
  // elector is gone: the lock will be neither renewed nor released.
  void orphaned(BootTime now);

  void started() { child_runs_ = true; }
  void not_started();
  // The child itself has ended; its descendants may still run.
  void child_ended(BootTime now);
  // Sets how many processes are alive below the guard: the more there are, the earlier the kill
  // begins.
  void counted(std::size_t processes) { processes_ = processes; }
  std::size_t processes() const { return processes_; }
  // No process is left: wait failed with ECHILD, and the command's cgroup, if it has one, is empty.
  void tree_gone();
  void tick(BootTime now);

  std::vector<Action> take_actions();
  std::optional<BootTime> next_wake() const;

  // Whether the child may be started, or go on to exec, at this moment.
  bool may_run(BootTime now) const;
  bool busy() const { return phase_ != Phase::kIdle; }
  // True once the hold of the present term is over; no renewal extends it after that.
  bool lapsed() const { return lapsed_; }
  // True once the lease forced the kill before the grace was over.
  bool cut_short() const { return cut_short_; }
  // True while everything is being killed.
  bool kills() const { return phase_ == Phase::kKilling; }

 private:
  enum class Phase {
    kIdle,     // no term
    kRunning,  // the child runs inside the hold
    kEnding,   // the child, or what it left running, was asked to stop
    kKilling,  // being killed, until wait shows that nothing is left
  };

  void begin_end(BootTime kill_by);

  Duration grace_;
  Phase phase_ = Phase::kIdle;
  TermLimits limits_;
  std::size_t processes_ = 0;  // by the last count of this term
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
