// SPDX-License-Identifier: Apache-2.0
#include "kube/auth/children.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <map>

#include "kube/base/pid_fd.h"
#include "kube/base/poller.h"
#include "kube/base/wait_status.h"

namespace elector::kube {
namespace {

// The registered children, with the status of those that reap_children() has reaped.
std::map<pid_t, std::optional<int>>& owned() {
  static std::map<pid_t, std::optional<int>> children;
  return children;
}

}  // namespace

void own_child(pid_t pid) {
  owned()[pid] = std::nullopt;
}

std::vector<pid_t> owned_children() {
  std::vector<pid_t> running;
  for (const auto& [pid, status] : owned()) {
    if (!status) running.push_back(pid);
  }
  return running;
}

std::optional<int> collect_child(pid_t pid, int options) {
  const auto known = owned().find(pid);
  std::optional<int> status = known != owned().end() ? known->second : std::nullopt;
  while (!status) {
    siginfo_t info{};
    const int failed = ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | options);
    if (failed == 0 && info.si_pid == 0) return std::nullopt;
    if (failed == 0 && is_end(info)) {
      status = wait_status(info);
    } else if (failed == 0) {
      let_go(info);
    } else if (errno != EINTR) {
      status = 0;
    }
  }
  owned().erase(pid);
  return status;
}

std::optional<int> collect_child_within(pid_t pid, core::Duration limit) {
  constexpr core::Duration kLookAgain = std::chrono::milliseconds(10);
  const core::BootTime end = boot_now() + limit;
  const PidFd process(pid);
  pollfd wait{.fd = process.fd(), .events = POLLIN, .revents = 0};
  while (true) {
    if (const auto status = collect_child(pid)) return status;
    core::Duration left = end - boot_now();
    if (left <= core::Duration::zero()) return std::nullopt;
    if (wait.fd < 0) left = std::min(left, kLookAgain);
    // Without a descriptor this only sleeps.
    ::poll(&wait, 1, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count()));
    // The tracer of a process that has ended may still hold its status.
    if (wait.revents != 0) wait.fd = -1;
  }
}

void reap_children() {
  while (true) {
    siginfo_t info{};
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0) return;
    const auto known = owned().find(info.si_pid);
    if (!is_end(info)) {
      let_go(info);
    } else if (known != owned().end() && !known->second) {
      // A status that is already there belongs to an earlier process with that number.
      known->second = wait_status(info);
    }
  }
}

}  // namespace elector::kube
