// SPDX-License-Identifier: Apache-2.0
#include "kube/auth/child_watch.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include "kube/auth/children.h"

namespace elector::kube {
namespace {

constexpr core::Duration kLookAgain = std::chrono::milliseconds(20);

void reap_by_timer(Poller& poller, pid_t pid) {
  if (collect_child(pid)) return;
  poller.start_timer(kLookAgain, [&poller, pid] { reap_by_timer(poller, pid); });
}

}  // namespace

ChildWatch::ChildWatch(Poller& poller, pid_t pid, std::function<void()> on_end)
    : poller_(poller), pid_(pid), on_end_(std::move(on_end)), process_(pid) {
  own_child(pid);
  const auto ended = [this](std::uint32_t) {
    poller_.remove(process_.fd());
    watched_ = false;
    tell();
  };
  watched_ = process_.fd() >= 0 && !poller_.add(process_.fd(), EPOLLIN, ended);
  if (!watched_) timer_ = poller_.start_timer(kLookAgain, [this] { look(); });
}

ChildWatch::~ChildWatch() {
  poller_.cancel_timer(timer_);
  if (watched_) poller_.remove(process_.fd());
}

void ChildWatch::tell() {
  const auto on_end = on_end_;  // a copy: on_end may destroy this object
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
  const auto process = std::make_shared<PidFd>(pid);
  const auto ended = [process, pid, &poller](std::uint32_t) {
    collect_child(pid);
    poller.remove(process->fd());
  };
  if (process->fd() >= 0 && !poller.add(process->fd(), EPOLLIN, ended)) return;
  reap_by_timer(poller, pid);
}

}  // namespace elector::kube
