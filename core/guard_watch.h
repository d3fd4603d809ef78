// elector's side of the guard: when a guard that is silent counts as stopped, and when elector
// kills what is left of the command itself. Pure, as Guard is.
//
// The guard kills by itself when the lease ends (guard.h). One that was stopped cannot. So each
// thing that it is told must be answered in time; and since it may have been stopped after its last
// answer, with nothing more to be told, elector kills too: when the guard has not begun to shortly
// after it must, and shortly before nothing may be left. Then it asks once more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "core/guard.h"
#include "core/time.h"

namespace elector::core {

class GuardWatch {
 public:
  enum class Action {
    kAsk,          // tell the guard something, for the sake of its answer
    kKillCommand,  // send SIGKILL to everything below the guard; again while there is something
    kGiveUp,  // the guard is stopped: it and everything that it started is to be killed. No other
              // action follows
  };

  // patience: how long the guard may take to answer.
  explicit GuardWatch(Duration patience) : patience_(patience) {}

  // A command is begun; its term was renewed.
  void begin(TermLimits limits);
  void extend(TermLimits limits);
  // The guard says how many processes the command has.
  void counted(std::size_t processes);
  std::size_t processes() const { return processes_; }
  // The guard says that it kills what is left: it has until then.
  void kills();
  // It is to end. gone_by: when nothing may be left, if that is earlier than by the last renewal.
  void end(BootTime gone_by);
  // The guard says that nothing of it is left.
  void gone() { kill_at_.reset(); }

  // The guard was told something, by a number that grows; it has answered all up to one.
  void told(std::uint64_t serial, BootTime now) {
    unanswered_.push_back({serial, now + patience_});
  }
  void answered(std::uint64_t serial);

  // Time has passed; what has arrived by now was told before.
  std::vector<Action> tick(BootTime now);
  std::optional<BootTime> next_wake() const;

 private:
  struct Unanswered {
    std::uint64_t serial;
    BootTime until;
  };

  void expect();

  Duration patience_;
  std::deque<Unanswered> unanswered_{};
  TermLimits limits_{};
  std::size_t processes_ = 0;          // of the command, by the last count
  bool guard_kills_ = false;           // it has said so
  std::optional<BootTime> kill_at_{};  // while there is a command, as far as is known
  std::optional<BootTime> killing_since_{};
};

}  // namespace elector::core
