// A cgroup (v2) for the command of one term: a leaf below the group of elector and its guard. It
// holds on to what leaves the process tree, and its processes are killed even if they belong to
// another user or are set-user-ID programs. No controller is enabled, so it neither limits nor
// accounts for anything.
//
// The guard makes it, starts the child in it (or the child enters it), kills in it and removes it;
// elector does the guard's work when that is gone. Each has its own CgroupLeaf with the same path.
// The promise of one command does not rest on it.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace elector::cmd {

class CgroupLeaf {
 public:
  // path: of the folder, "" for no leaf: then nothing below does anything, and it is always empty.
  explicit CgroupLeaf(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }

  // Makes the folder. Returns 0, or the errno with which that failed.
  int make();
  // The open folder, for clone3(2); the caller closes it. -1 if there is none, with errno.
  int open() const;
  // Makes the folder if it is not there, and moves the calling process into it. Returns 0 or errno.
  // For the child: it can wait long for others' work on groups, and the guard must not.
  int enter();
  // Whether a living process is in it, or in a group below. False where there is no such folder.
  bool populated() const;
  // SIGKILL to all that are in it, or in a group below; by cgroup.kill (Linux 5.14), which also
  // reaches what they fork meanwhile, or by the listed pids. A frozen group dies of it, too.
  void kill() const;
  // Sends `signal` to the processes in it but those in `except`, which is sorted.
  void signal(int signal, const std::vector<pid_t>& except) const;
  // Whether a process is in it, and kill() reaches it although this process may not signal it.
  bool reaches(pid_t pid) const;
  // One of the processes in it, 0 if there is none.
  pid_t any() const;
  // Removes the folder, with the groups that the command made in it. Returns 0, also if there is
  // none, or errno: EBUSY while a process is in it.
  int remove() const;

 private:
  std::string path_;
};

// The path of a leaf for this process below `folder`, which is no other process's.
std::string new_leaf_path(const std::string& folder);

// Removes the empty leaves in `folder` that electors left which are dead.
void remove_dead_leaves(const std::string& folder);

}  // namespace elector::cmd
