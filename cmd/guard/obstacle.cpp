// SPDX-License-Identifier: Apache-2.0
#include "cmd/guard/obstacle.h"

#include <linux/magic.h>
#include <sys/prctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace elector::cmd {
namespace {

// Reads the effect back, because a sandbox may let the first call succeed and do nothing.
bool become_subreaper() {
  int is_one = 0;
  return ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_GET_CHILD_SUBREAPER, &is_one, 0, 0, 0) == 0 && is_one == 1;
}

// Returns this process's pids in the mounted /proc, from the PID namespace of that mount down to
// its own (proc(5), NSpid). Nothing if there is no such line: Linux has it since 4.1, emulations
// may not.
std::optional<std::vector<pid_t>> pids_by_namespace() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("NSpid:")) continue;
    std::istringstream numbers(line.substr(line.find(':') + 1));
    std::vector<pid_t> pids;
    for (pid_t pid = 0; numbers >> pid;) pids.push_back(pid);
    return pids;
  }
  return std::nullopt;
}

// A single matching pid could be a coincidence; that there is only one pid proves that both
// namespaces are the same.
bool proc_is_own() {
  if (const auto pids = pids_by_namespace()) {
    return *pids == std::vector<pid_t>{::getpid()};
  }
  std::string self(32, '\0');
  const ssize_t size = ::readlink("/proc/self", self.data(), self.size());
  return size > 0 && self.substr(0, static_cast<std::size_t>(size)) == std::to_string(::getpid());
}

bool proc_is_mounted() {
  struct statfs found {};
  return ::statfs("/proc", &found) == 0 && found.f_type == PROC_SUPER_MAGIC;
}

}  // namespace

Obstacle take_charge_of_orphans() {
  if (!become_subreaper()) return Obstacle::kSubreaper;
  if (proc_is_own()) return Obstacle::kNone;
  return proc_is_mounted() ? Obstacle::kForeignProc : Obstacle::kNoProc;
}

const char* describe(Obstacle obstacle) {
  switch (obstacle) {
    case Obstacle::kNone:
      return "";
    case Obstacle::kSubreaper:
      return "cannot become the parent of processes that the command leaves behind, and so could "
             "not end them: prctl(PR_SET_CHILD_SUBREAPER) is refused; allow it in the sandbox's "
             "profile";
    case Obstacle::kNoProc:
      return "cannot see the guard process in /proc, and so could not find and end what the "
             "command starts: mount proc(5) on /proc, or raise the limit on open files if it is "
             "reached";
    case Obstacle::kForeignProc:
      return "/proc shows another PID namespace, so elector could not find and end what the "
             "command starts: mount this PID namespace's proc(5) on /proc, as `unshare --fork "
             "--pid "
             "--mount-proc` does";
    case Obstacle::kNoTimer:
      return "the guard process cannot set its deadline timer, and so could not end the command in "
             "time: allow timerfd_create(2), timerfd_settime(2) and signalfd(2) in the "
             "sandbox's profile";
    case Obstacle::kGuardGone:
      return "the guard process did not report that it is ready: it was killed, stopped or got no "
             "processor time; try again";
    case Obstacle::kGuardHidden:
      return "cannot see the guard process in /proc, and so could not find and end what the "
             "command starts: this kernel lacks lists of children (CONFIG_PROC_CHILDREN), so mount "
             "proc(5) with hidepid=0";
  }
  return "";
}

}  // namespace elector::cmd
