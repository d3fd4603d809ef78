// SPDX-License-Identifier: Apache-2.0
// Finds and signals the descendants of a process, whatever they did to escape: double forks,
// setsid, other process groups. A subreaper's descendants stay its descendants (prctl(2),
// PR_SET_CHILD_SUBREAPER), so the tree below it is complete.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/time.h"

namespace elector::cmd {

// A process as listed: the pid alone may have been reused by the time a signal is sent.
struct ProcessId {
  pid_t pid = 0;
  pid_t parent = 0;
  std::uint64_t start_time = 0;  // in clock ticks since boot, proc(5)
  // It is in its parent's list of children, but /proc does not show it: a mount option (hidepid=)
  // or a security module hides what this process may not trace, such as a set-user-ID program, or
  // another elector, which protects its memory. Its start time is unknown.
  bool hidden = false;
};

// Returns every living descendant of `root`, without zombies, parents before their children.
std::vector<ProcessId> descendants(pid_t root);
// The same for kernels that keep no lists of children (CONFIG_PROC_CHILDREN): reads all of /proc.
std::vector<ProcessId> descendants_by_scan(pid_t root);

// The children of `parent`, including zombies.
struct Children {
  std::vector<pid_t> pids;
  // From the kernel's list, which misses no child of a process that is its only reader and reaper.
  // Otherwise all of /proc was read, which can miss a process that appears meanwhile.
  bool listed = false;
};
Children children(pid_t parent);

enum class SignalOutcome {
  kSent,
  kGone,     // ended, or the pid has been reused
  kRefused,  // not permitted: another user's process
};

// Sends `signal`, where possible through a pidfd that is first checked against parent and start
// time (a hidden process: against its parent's list), so that a reused pid is never hit. A process
// that got another parent meanwhile counts as gone: it is listed again the next time.
SignalOutcome send_signal(const ProcessId& process, int signal);

// Sends SIGKILL to every descendant of `root` once, except to `spared` children and what is below
// them. What is left to a subreaper meanwhile is found the next time.
struct Killing {
  bool missed = false;   // one was gone before it could be killed, and may have forked
  pid_t last = 0;        // the last one found; 0 if none was
  bool refused = false;  // that one may not be signalled
};
Killing kill_descendants(pid_t root, const std::vector<pid_t>& spared = {});

// Sends SIGKILL to the children of this process, in limited batches, oldest first: where thousands
// are woken at once, they and this process wait for each other's turns. Repeats at once while new
// children appear, because a killed process may have forked before and leaves its own children to a
// subreaper. Uses pids, which is safe and fast, because a child that has not been waited for keeps
// its pid. Requires that nothing waits for children meanwhile. Returns false if the kernel keeps no
// lists of children.
bool kill_children();

// Counts the descendants of `root` in parts, so that the caller can do other work between them.
// Includes a process that /proc hides, but not what is below it.
class DescendantCount {
 public:
  // A process that this one may not signal: another user's.
  struct Refused {
    pid_t pid = 0;
    uid_t uid = 0;  // its real user id
  };

  explicit DescendantCount(pid_t root) : pids_{root} {}

  // Continues until about that time. Returns true once the count is complete.
  bool go_on(core::BootTime until);
  std::size_t found() const { return found_; }
  // The first few that were found.
  const std::vector<Refused>& refused() const { return refused_; }

 private:
  void note_refusal(pid_t pid);

  std::vector<pid_t> pids_;  // the root, then the processes listed
  std::size_t next_ = 0;     // the first whose own children are not listed yet
  std::size_t found_ = 0;
  std::vector<Refused> refused_{};
};

}  // namespace elector::cmd
