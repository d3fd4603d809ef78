// Starting the guarded child.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <functional>
#include <string>
#include <vector>

#include "cmd/cgroup_leaf.h"
#include "cmd/foreground.h"

namespace elector::cmd {

struct ChildSetup {
  std::vector<std::string> command;
  std::vector<std::string> variables;      // NAME=VALUE, added to the environment
  std::vector<std::string> unset;          // names to remove from it
  sigset_t mask{};                         // the signal mask that the child gets
  const Foreground* foreground = nullptr;  // the terminal to hand over
  CgroupLeaf* leaf = nullptr;              // the cgroup that it starts in, if there can be one
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
// its guard. Like any fork it may wait for others' work on cgroups (as mkdir(2) there does).
ChildStart start_child(const ChildSetup& setup);

// Reads `report`, which must be readable, and closes it: 0 if the command runs, else errno; ETIME
// if may_exec() said no.
int read_exec_result(int report);

}  // namespace elector::cmd
