// Finding and signalling the descendants of a process, whatever they did to escape: double forks,
// setsid, other process groups. A subreaper's descendants stay its descendants (prctl(2),
// PR_SET_CHILD_SUBREAPER), so the tree below it is complete.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace elector::cmd {

// A process as it was listed: the pid alone may be another's by the time a signal is sent.
struct ProcessId {
  pid_t pid = 0;
  pid_t parent = 0;
  std::uint64_t start_time = 0;  // in clock ticks since boot, proc(5)
  // It is in its parent's list of children, but /proc does not show it: a mount option (hidepid=)
  // or a security module hides what this process may not trace, such as a set-user-ID program, or
  // another elector, which keeps its memory to itself. Its start time is unknown.
  bool hidden = false;
};

// Every living descendant of `root`, zombies not included, parents before their children.
std::vector<ProcessId> descendants(pid_t root);
// The same where the kernel keeps no lists of children (CONFIG_PROC_CHILDREN): all of /proc is
// read.
std::vector<ProcessId> descendants_by_scan(pid_t root);

// The children of `parent`, those that have ended and wait to be reaped too.
struct Children {
  std::vector<pid_t> pids;
  // From the kernel's list, which misses no child of a process that is its only reader and reaper.
  // Otherwise all of /proc was read, where a process that appears meanwhile can be missed.
  bool listed = false;
};
Children children(pid_t parent);

enum class SignalOutcome {
  kSent,
  kGone,     // it has ended, or the pid is another process by now
  kRefused,  // not ours to signal: another user's
};

// Sends `signal`, where that can be had through a pidfd that is checked against parent and start
// time first (a hidden process: against its parent's list), so that a pid that was used again is
// never hit. A process that got another parent
// meanwhile counts as gone: it is listed anew the next time.
SignalOutcome send_signal(const ProcessId& process, int signal);

// SIGKILL to every descendant of `root`, once, but not to `spared` children and what is below them.
struct Killing {
  bool missed = false;   // one was gone before it could be killed: it may have forked
  pid_t last = 0;        // the last one that was there; 0 if none was
  bool refused = false;  // that one may not be signalled
};
Killing kill_descendants(pid_t root, const std::vector<pid_t>& spared = {});

}  // namespace elector::cmd
