// The terminal that elector, its guard, the command and whoever else is in elector's process group
// share: which of the groups is in the foreground.
#pragma once

#include <sys/types.h>

#include <chrono>

namespace elector::cmd {

// How often to try whether the terminal can be had by now: a shell's `fg` sends no signal to a job
// that it takes for running.
inline constexpr std::chrono::milliseconds kTryTerminal{200};

// The terminal of this process, if it has one: the child gets its foreground where this process had
// that, and it is taken back.
class Foreground {
 public:
  // Looks at standard input, output and error, in this order. Without a terminal, or in the
  // background of a shell without job control, everything below does nothing.
  static Foreground of_process();

  bool there() const { return terminal_ >= 0; }
  // Makes `group` the foreground process group, unless the terminal is by now somebody else's: a
  // shell's that has us in the background, another job's of our own group. The caller blocks
  // SIGTTOU (tcsetpgrp(3)). Whether the group is the foreground group now.
  bool give_to(pid_t group) const;
  // Whether `group` is the foreground process group.
  bool belongs_to(pid_t group) const;
  // For others of this process's own group, which were stopped for reading from the terminal in the
  // background (`elector exec … | less`), or from the keyboard: makes this group the foreground
  // group, if the child's is, and continues all of it. False, and nothing is done, while the
  // terminal is somebody else's: a shell's that has us in the background. childs_group: -1 if there
  // is none.
  bool share(pid_t childs_group) const;
  // Makes this process's group the foreground group again, if nothing is left of the one that is.
  // Call it when nothing of the child is.
  void take_back() const;

 private:
  int terminal_ = -1;
  pid_t group_ = 0;
};

}  // namespace elector::cmd
