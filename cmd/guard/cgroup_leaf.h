// SPDX-License-Identifier: Apache-2.0
// A cgroup (v2) for the command of one term: a leaf below the group of elector and its guard. It
// keeps hold of processes that leave the process tree, and they are killed even if they belong to
// another user or are set-user-ID programs. No controller is enabled, so it neither limits nor
// accounts for anything.
//
// The guard creates it, starts the child in it (or the child enters it), kills in it and removes
// it; elector takes over if the guard is gone. Each has its own CgroupLeaf with the same path. The
// promise of a single command does not depend on it.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace elector::cmd {

class CgroupLeaf {
 public:
  // path: of the folder; "" for no leaf: then every function does nothing and the leaf is empty.
  explicit CgroupLeaf(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }

  // Creates the folder. Returns 0 or errno.
  int make();
  // Opens the folder for clone3(2); the caller closes it. Returns -1 and sets errno if there is
  // none.
  int open() const;
  // Creates the folder if needed, and moves the calling process into it. Returns 0 or errno. Called
  // in the child: it may wait long for other processes' work on groups, and the guard must not.
  int enter();
  // Whether a living process is in it or in a group below. False if there is no such folder.
  bool populated() const;
  // Sends SIGKILL to all processes in it and in groups below: by cgroup.kill (Linux 5.14), which
  // also reaches what they fork meanwhile, or to the listed pids. A frozen group dies, too.
  void kill() const;
  // Sends `signal` to the processes in it, except those in `except`, which must be sorted.
  void signal(int signal, const std::vector<pid_t>& except) const;
  // Whether a process is in it, and kill() reaches it although this process may not signal it.
  bool reaches(pid_t pid) const;
  // Returns one of the processes in it, or 0.
  pid_t any() const;
  // Removes the folder and the groups that the command made in it. Returns 0, also if there is no
  // folder, or errno: EBUSY while a process is in it.
  int remove() const;

 private:
  std::string path_;
};

// Returns a path for a leaf of this process below `folder`, which no other process uses.
std::string new_leaf_path(const std::string& folder);

// Removes the empty leaves in `folder` that were left by electors that have ended.
void remove_dead_leaves(const std::string& folder);

}  // namespace elector::cmd
