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
      return "cannot become the parent of what the command leaves behind, so that could not be "
             "ended: prctl(PR_SET_CHILD_SUBREAPER) is refused; allow it in the sandbox's profile";
    case Obstacle::kNoProc:
      return "cannot see the guard process in /proc, so what the command starts could not be found "
             "and ended: mount proc(5) there, or allow more descriptors if none is left to read it";
    case Obstacle::kForeignProc:
      return "/proc shows another PID namespace, so what the command starts could not be found and "
             "ended: mount proc(5) of this PID namespace on /proc, as `unshare --fork --pid "
             "--mount-proc` does";
    case Obstacle::kNoTimer:
      return "the guard process cannot be woken at its deadline, so it could not end the command "
             "in time: allow timerfd_create(2), timerfd_settime(2) and signalfd(2) in the "
             "sandbox's profile";
    case Obstacle::kGuardGone:
      return "the guard process did not report that it is ready: it was killed, stopped or not "
             "given any processor time; start again";
    case Obstacle::kGuardHidden:
      return "cannot see the guard process in /proc, so what the command starts could not be found "
             "and ended: a kernel without lists of children (CONFIG_PROC_CHILDREN) takes a proc(5) "
             "that hides no processes (hidepid=0)";
  }
  return "";
}

}  // namespace elector::cmd
