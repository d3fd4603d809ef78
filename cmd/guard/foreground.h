// SPDX-License-Identifier: Apache-2.0
// The terminal shared by elector, its guard, the command and other processes of elector's process
// group: which group is in the foreground.
#pragma once

#include <sys/types.h>

#include <chrono>

namespace elector::cmd {

// How often to check whether the terminal is available: a shell's `fg` sends no signal to a job
// that it considers running.
inline constexpr std::chrono::milliseconds kTryTerminal{200};

// The terminal of this process, if it has one. Hands the foreground to the child if this process
// had it, and takes it back afterwards.
class Foreground {
 public:
  // Checks standard input, output and error, in this order. Without a terminal, or in the
  // background of a shell without job control, every function below does nothing.
  static Foreground of_process();

  bool there() const { return terminal_ >= 0; }
  // Makes `group` the foreground process group, unless the terminal now belongs to another: to a
  // shell that has elector in the background, or to another job of elector's own group. The caller
  // must block SIGTTOU (tcsetpgrp(3)). Returns whether `group` is the foreground group now.
  bool give_to(pid_t group) const;
  // Whether `group` is the foreground process group.
  bool belongs_to(pid_t group) const;
  // For other processes of this process's group, which were stopped for reading from the terminal
  // in the background (`elector exec … | less`), or from the keyboard: makes this group the
  // foreground group if the child's is, and continues all of it. Returns false and does nothing
  // while the terminal belongs to another group, such as a shell that has elector in the
  // background. childs_group: -1 if there is none.
  bool share(pid_t childs_group) const;
  // Makes this process's group the foreground group again, if nothing is left of the current one.
  // Call it when nothing of the child is left.
  void take_back() const;

 private:
  int terminal_ = -1;
  pid_t group_ = 0;
};

}  // namespace elector::cmd
