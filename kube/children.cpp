#include "kube/children.h"

#include <cerrno>
#include <map>

namespace elector::kube {
namespace {

// The registered children, with the status of those that reap_children() has taken.
std::map<pid_t, std::optional<int>>& owned() {
  static std::map<pid_t, std::optional<int>> children;
  return children;
}

}  // namespace

void own_child(pid_t pid) {
  owned()[pid] = std::nullopt;
}

std::optional<int> collect_child(pid_t pid, int options) {
  const auto known = owned().find(pid);
  std::optional<int> status = known != owned().end() ? known->second : std::nullopt;
  while (!status) {
    int taken = 0;
    const pid_t waited = ::waitpid(pid, &taken, options);
    if (waited == 0) return std::nullopt;
    if (waited == pid) status = taken;
    if (waited < 0 && errno != EINTR) status = 0;
  }
  owned().erase(pid);
  return status;
}

void reap_children() {
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    const auto known = owned().find(pid);
    // A status that is there already is of an earlier process with that number.
    if (known != owned().end() && !known->second) known->second = status;
  }
}

}  // namespace elector::kube
