#include "kube/child_watch.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include "kube/children.h"

namespace elector::kube {
namespace {

constexpr core::Duration kLookAgain = std::chrono::milliseconds(20);

int open_pidfd(pid_t pid) {
  const int fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (fd >= 0) fcntl(fd, F_SETFD, FD_CLOEXEC);
  return fd;
}

void reap_by_timer(Poller& poller, pid_t pid) {
  if (collect_child(pid)) return;
  poller.start_timer(kLookAgain, [&poller, pid] { reap_by_timer(poller, pid); });
}

}  // namespace

ChildWatch::ChildWatch(Poller& poller, pid_t pid, std::function<void()> on_end)
    : poller_(poller), pid_(pid), on_end_(std::move(on_end)), fd_(open_pidfd(pid)) {
  own_child(pid);
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
  timer_ = 0;
  if (reap()) return tell();
  timer_ = poller_.start_timer(kLookAgain, [this] { look(); });
}

std::optional<int> ChildWatch::reap() {
  if (!status_) status_ = collect_child(pid_);
  return status_;
}

void ChildWatch::reap_later(Poller& poller, pid_t pid) {
  const int fd = open_pidfd(pid);
  const auto ended = [fd, pid, &poller](std::uint32_t) {
    collect_child(pid);
    poller.remove(fd);
    close(fd);
  };
  if (fd >= 0 && !poller.add(fd, EPOLLIN, ended)) return;
  if (fd >= 0) close(fd);
  reap_by_timer(poller, pid);
}

}  // namespace elector::kube
