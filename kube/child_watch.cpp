// See child_watch.h.
#include "kube/child_watch.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <utility>

namespace elector::kube {
namespace {

constexpr auto kPidFd = static_cast<idtype_t>(3);  // P_PIDFD; not in every libc's headers
constexpr core::Duration kLookAgain = std::chrono::milliseconds(20);

int open_pidfd(pid_t pid) {
  const int fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (fd >= 0) fcntl(fd, F_SETFD, FD_CLOEXEC);
  return fd;
}

// waitid(2) on the child, by its pidfd where there is one and the kernel takes it: the pid could be
// another child's by now, if its end was taken by another wait.
int wait_for(int fd, pid_t pid, int flags, siginfo_t& info) {
  int result = -1;
  if (fd >= 0) {
    result = waitid(kPidFd, static_cast<id_t>(fd), &info, flags);
    if (result == 0 || errno == ECHILD) return result;
  }
  return waitid(P_PID, static_cast<id_t>(pid), &info, flags);
}

std::optional<ChildEnd> try_reap(int fd, pid_t pid) {
  siginfo_t info{};
  if (wait_for(fd, pid, WEXITED | WNOHANG, info) != 0) return ChildEnd{};
  if (info.si_pid == 0) return std::nullopt;
  return ChildEnd{.known = true, .code = info.si_code, .status = info.si_status};
}

void reap_by_timer(Poller& poller, pid_t pid) {
  if (try_reap(-1, pid)) return;
  poller.start_timer(kLookAgain, [&poller, pid] { reap_by_timer(poller, pid); });
}

}  // namespace

ChildWatch::ChildWatch(Poller& poller, pid_t pid, std::function<void()> on_end)
    : poller_(poller), pid_(pid), on_end_(std::move(on_end)), fd_(open_pidfd(pid)) {
  const auto ended = [this](std::uint32_t) {
    poller_.remove(fd_);
    watched_ = false;
    tell();
  };
  watched_ = fd_ >= 0 && !poller_.add(fd_, EPOLLIN, ended);
  if (!watched_) timer_ = poller_.start_timer(kLookAgain, [this] { look(); });
}

ChildWatch::~ChildWatch() {
  poller_.cancel_timer(timer_);
  if (watched_) poller_.remove(fd_);
  if (fd_ >= 0) close(fd_);
}

void ChildWatch::tell() {
  const auto on_end = on_end_;  // which may destroy this object
  on_end();
}

void ChildWatch::look() {
  siginfo_t info{};
  timer_ = 0;
  const bool gone = wait_for(fd_, pid_, WEXITED | WNOHANG | WNOWAIT, info) != 0;
  if (gone || info.si_pid != 0) return tell();
  timer_ = poller_.start_timer(kLookAgain, [this] { look(); });
}

std::optional<ChildEnd> ChildWatch::reap() {
  return try_reap(fd_, pid_);
}

void ChildWatch::reap_later(Poller& poller, pid_t pid) {
  const int fd = open_pidfd(pid);
  const auto ended = [fd, pid, &poller](std::uint32_t) {
    try_reap(fd, pid);
    poller.remove(fd);
    close(fd);
  };
  if (fd >= 0 && !poller.add(fd, EPOLLIN, ended)) return;
  if (fd >= 0) close(fd);
  reap_by_timer(poller, pid);
}

}  // namespace elector::kube
