// SPDX-License-Identifier: Apache-2.0
// elector's side of the guard: when a silent guard counts as stopped, and when elector itself kills
// what is left of the command. Pure, as Guard is.
//
// The guard kills on its own when the lease ends (guard.h), but not while it is stopped. So it must
// answer each message in time. It may also have been stopped after its last answer, with no message
// due; so elector kills as well: shortly after the guard must have begun, if it has not; otherwise
// shortly before nothing may be left. It then asks the guard once more.
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
    kAsk,          // send the guard a message, to get an answer
    kKillCommand,  // send SIGKILL to everything below the guard; repeat while processes are left
    kGiveUp,       // the guard is stopped: kill it and everything that it started. No other action
                   // follows
  };

  // patience: how long the guard may take to answer.
  explicit GuardWatch(Duration patience) : patience_(patience) {}

  // A command was started, or its term was renewed.
  void begin(TermLimits limits);
  void extend(TermLimits limits);
  // The guard reported how many processes the command has.
  void counted(std::size_t processes);
  std::size_t processes() const { return processes_; }
  // The guard reported that it kills what is left, and now has until close to K to do so.
  void kills();
  // The command is being ended. gone_by: when nothing may be left, if earlier than the last renewal
  // says.
  void end(BootTime gone_by);
  // The guard reported that nothing of the command is left.
  void gone() { kill_at_.reset(); }

  // A message was sent to the guard. Serials grow; answered() acknowledges all up to its serial.
  void told(std::uint64_t serial, BootTime now) {
    unanswered_.push_back({serial, now + patience_});
  }
  void answered(std::uint64_t serial);

  // Returns what to do now. Everything that has arrived by now must have been passed in before.
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
  bool guard_kills_ = false;           // it has reported so
  std::optional<BootTime> kill_at_{};  // while a command exists, as far as is known
  std::optional<BootTime> killing_since_{};
};

}  // namespace elector::core
