// Starting the guarded child, and the terminal that it is given.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <functional>
#include <string>
#include <vector>

namespace elector::cmd {

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

struct ChildSetup {
  std::vector<std::string> command;
  std::vector<std::string> variables;      // NAME=VALUE, added to the environment
  std::vector<std::string> unset;          // names to remove from it
  sigset_t mask{};                         // the signal mask that the child gets
  const Foreground* foreground = nullptr;  // the terminal to hand over
  std::function<bool()> may_exec;          // asked once more in the child, just before exec
};

struct ChildStart {
  pid_t pid = -1;   // -1: it could not even be forked, with errno in `error`
  int report = -1;  // readable when it is known whether exec succeeded; see read_exec_result()
  int error = 0;
};

// Forks, and executes in the child. The child is the leader of a process group of its own, dies
// with its parent (it alone, not what it starts: prctl(2), PR_SET_PDEATHSIG), and has no descriptor
// that is close-on-exec. Does not wait for exec: a child that is stopped on the way must not stop
// its guard.
ChildStart start_child(const ChildSetup& setup);

// Reads `report`, which must be readable, and closes it: 0 if the command runs, else errno; ETIME
// if may_exec() said no.
int read_exec_result(int report);

}  // namespace elector::cmd
