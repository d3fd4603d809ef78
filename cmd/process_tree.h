// Finding and signalling the descendants of a process, whatever they did to escape: double forks,
// setsid, other process groups. A subreaper's descendants stay its descendants (prctl(2),
// PR_SET_CHILD_SUBREAPER), so the tree below it is complete.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/time.h"

namespace elector::cmd {

// A process as it was listed: the pid alone may be another's by the time a signal is sent.
struct ProcessId {
  pid_t pid = 0;
  pid_t parent = 0;
  std::uint64_t start_time = 0;  // in clock ticks since boot, proc(5)
};

// Every living descendant of `root`, zombies not included, parents before their children.
std::vector<ProcessId> descendants(pid_t root);
// The same where the kernel keeps no lists of children (CONFIG_PROC_CHILDREN): all of /proc is
// read.
std::vector<ProcessId> descendants_by_scan(pid_t root);

// The children of `parent` that have ended and wait to be reaped.
std::vector<pid_t> zombie_children(pid_t parent);

enum class SignalOutcome {
  kSent,
  kGone,     // it has ended, or the pid is another process by now
  kRefused,  // not ours to signal: another user's
};

// Sends `signal`, where that can be had through a pidfd that is checked against parent and start
// time first, so that a pid that was used again is never hit. A process that got another parent
// meanwhile counts as gone: it is listed anew the next time.
SignalOutcome send_signal(const ProcessId& process, int signal);

// SIGKILL to every descendant of `root`, once; what is left to a subreaper meanwhile is found the
// next time. Returns the last one that was there, 0 if none was.
pid_t kill_descendants(pid_t root);

// SIGKILL to the children of this process, some hundreds of them at a time, the oldest first: where
// thousands are woken at once they and this process wait for each other's turns. And again at once
// while new ones appear: what is killed may have forked before, and leaves its own children to a
// subreaper. By number, which is sure and fast, since a child that has not been waited for keeps
// its number. Requires that nothing waits for children meanwhile. Returns false if the kernel keeps
// no lists of children.
bool kill_children();

// Counts the descendants of `root`, a part at a time, so that the caller can do other work between.
class DescendantCount {
 public:
  // One that this process may not signal: another user's.
  struct Refused {
    pid_t pid = 0;
    uid_t uid = 0;  // its real user id
  };

  explicit DescendantCount(pid_t root) : pids_{root} {}

  // Goes on until about then. True once the count is complete.
  bool go_on(core::BootTime until);
  std::size_t found() const { return found_; }
  // The first ones that were found, a few.
  const std::vector<Refused>& refused() const { return refused_; }

 private:
  bool note_refusal(pid_t pid);

  std::vector<pid_t> pids_;  // the root, then those that are listed
  std::size_t next_ = 0;     // the first of them whose own children are not listed yet
  std::size_t found_ = 0;
  std::vector<Refused> refused_{};
};

}  // namespace elector::cmd
