// SPDX-License-Identifier: Apache-2.0
// The messages between elector and its guard, over a SOCK_SEQPACKET socket pair: one message is one
// packet, and the end of either process is the end of file for the other.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/guard.h"

namespace elector::cmd {

// A signal for the child.
struct ChildSignal {
  std::int32_t number = 0;
  bool to_group = false;  // to its whole process group, as the terminal does for keyboard signals
  std::array<std::uint8_t, 3> unused{};  // no padding: all bytes sent are set
};

// From elector to the guard. Each is answered by kAnswer with its serial.
struct GuardCommand {
  enum class Kind : std::uint32_t {
    kBegin,   // a term begins: start the child, with the variables that follow
    kExtend,  // the term was renewed: new limits
    kEnd,     // ask the child to stop with `signal`; kill at `kill_by`
    kSignal,  // pass `signal` on to the child; number 0 only asks for the answer
  };
  Kind kind = Kind::kExtend;
  ChildSignal signal{};
  std::uint32_t unused = 0;  // as above
  std::uint64_t serial = 0;
  core::TermLimits limits;
  core::BootTime kill_by{};
};

// From the guard to elector.
struct GuardReport {
  enum class Kind : std::uint32_t {
    kReady,          // the first: value: an Obstacle (obstacle.h); with one, the guard has ended
    kAnswer,         // to the command `serial`
    kStarted,        // the child runs; value: its pid
    kNotStarted,     // value: errno of fork or exec; `forked` tells which
    kAsked,          // the child is asked to stop; value: the signal
    kEnded,          // the child itself ended; value: its wait status
    kStopped,        // the child was stopped from the keyboard, and continued
    kWantsTerminal,  // the child is stopped until it gets the terminal, which another group has
    kKilled,     // what is left is being killed; `cut_short`: before the grace was over, because
                 // the lease ends
    kStuck,      // something of the child cannot be killed; value: its pid, 0 if that is not known;
                 // `refused`: it may not be signalled
    kCounted,    // the child has `count` descendants, itself included
    kRefused,    // the process `value` of the child may not be signalled; count: its user id
    kLeafStays,  // the child's cgroup cannot be removed; value: errno
    kGone,       // nothing of the child is left
  };
  Kind kind = Kind::kAnswer;
  std::int32_t value = 0;
  std::uint64_t serial = 0;
  std::uint64_t count = 0;
  bool forked = false;                   // kNotStarted: fork succeeded
  bool asked = false;                    // kEnded: it had been asked to stop
  bool cut_short = false;                // kKilled
  bool refused = false;                  // kStuck
  std::array<std::uint8_t, 4> unused{};  // as above
};

// Says in the log that kKilled happened.
constexpr const char* describe_kill(bool cut_short) {
  return cut_short
             ? "killed the rest of the command before --grace was over: the lease is about to "
               "expire"
             : "killed the rest of the command: it did not stop within --grace";
}

// Sends one packet. Returns false if the other side is gone or its queue is full; `variables`
// (NAME=VALUE) go along with kBegin.
bool send_message(int socket, const GuardCommand& command,
                  const std::vector<std::string>& variables = {});
bool send_message(int socket, const GuardReport& report);

// Receives one packet without waiting. kNothing: there is none yet; kEnd: the other side is gone.
enum class Received { kMessage, kNothing, kEnd };
Received receive_message(int socket, GuardCommand& command, std::vector<std::string>& variables);
Received receive_message(int socket, GuardReport& report);

}  // namespace elector::cmd
