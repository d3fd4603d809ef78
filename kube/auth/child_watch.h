// SPDX-License-Identifier: Apache-2.0
// Waits for the end of a child on a Poller, even if pidfds are refused.
//
// Without a pidfd (pid_fd.h) the child is polled. All code in kube/ and cmd/ that waits for a child
// in the event loop uses this.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>

#include "kube/base/pid_fd.h"
#include "kube/base/poller.h"

namespace elector::kube {

class ChildWatch {
 public:
  // `pid` must be a child that has not been reaped yet; it is registered with own_child()
  // (children.h). `on_end` is called once, from the poller, when it has ended; it may destroy this
  // object. The poller must outlive this.
  ChildWatch(Poller& poller, pid_t pid, std::function<void()> on_end);
  ~ChildWatch();  // stops watching; the child is not touched
  ChildWatch(const ChildWatch&) = delete;
  ChildWatch& operator=(const ChildWatch&) = delete;

  // Returns the child's wait status (wait(2)), as collect_child() does; nothing while it runs.
  std::optional<int> reap();

  // Reaps a child when it ends, even if the caller is gone by then. The poller must keep running.
  static void reap_later(Poller& poller, pid_t pid);

 private:
  void tell();
  void look();

  Poller& poller_;
  const pid_t pid_;
  const std::function<void()> on_end_;
  const PidFd process_;
  bool watched_ = false;       // process_ is on the poller
  Poller::TimerId timer_ = 0;  // if it is not: until the next look
  std::optional<int> status_;  // set once it has been collected
};

}  // namespace elector::kube
