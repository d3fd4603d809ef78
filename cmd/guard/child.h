// SPDX-License-Identifier: Apache-2.0
// Starts the guarded child.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <functional>
#include <string>
#include <vector>

#include "cmd/guard/cgroup_leaf.h"
#include "cmd/guard/foreground.h"

namespace elector::cmd {

struct ChildSetup {
  std::vector<std::string> command;
  std::vector<std::string> variables;      // NAME=VALUE, added to the environment
  std::vector<std::string> unset;          // names to remove from it
  sigset_t mask{};                         // the signal mask that the child gets
  const Foreground* foreground = nullptr;  // the terminal to hand over
  CgroupLeaf* leaf = nullptr;              // the cgroup to start in, if there can be one
  std::function<bool()> may_exec;          // checked in the child, just before exec
};

struct ChildStart {
  pid_t pid = -1;   // -1: the fork failed, with errno in `error`
  int report = -1;  // readable once the result of exec is known; see read_exec_result()
  int error = 0;
};

// Forks, and executes the command in the child. The child leads its own process group, dies with
// its parent (the child alone, not what it starts: prctl(2), PR_SET_PDEATHSIG), and inherits no
// close-on-exec descriptor. Does not wait for exec: a child that is stopped on the way must not
// stop its guard. Like any fork it may wait for other processes' work on cgroups (as mkdir(2) there
// does).
ChildStart start_child(const ChildSetup& setup);

// Reads and closes `report`, which must be readable. Returns 0 if the command runs, otherwise
// errno; ETIME if may_exec() returned false.
int read_exec_result(int report);

}  // namespace elector::cmd
