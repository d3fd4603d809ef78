// Waits for the end of a child on a Poller, also where the calls for that are refused.
//
// pidfd_open(2) is of Linux 5.3. Sandboxes that are older, or do not know it (gVisor, old seccomp
// profiles), answer ENOSYS or EPERM. Then the child is looked at again and again. All of kube/ and
// cmd/ that waits for a child in the event loop does so through this.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>

#include "kube/poller.h"

namespace elector::kube {

class ChildWatch {
 public:
  // `pid` is a child that is still to be reaped; it is registered as one of ours (children.h).
  // `on_end` is called once, from the poller, when it
  // has ended; it may destroy this object. The poller must outlive this.
  ChildWatch(Poller& poller, pid_t pid, std::function<void()> on_end);
  ~ChildWatch();  // watches no longer; the child is left as it is
  ChildWatch(const ChildWatch&) = delete;
  ChildWatch& operator=(const ChildWatch&) = delete;

  // The child's wait status (wait(2)), as collect_child() has it. Nothing while it runs.
  std::optional<int> reap();

  // Reaps a child when it ends, whoever is gone by then. The poller must run on.
  static void reap_later(Poller& poller, pid_t pid);

 private:
  void tell();
  void look();

  Poller& poller_;
  const pid_t pid_;
  const std::function<void()> on_end_;
  int fd_;                     // a pidfd; -1 without one
  bool watched_ = false;       // fd_ is on the poller
  Poller::TimerId timer_ = 0;  // without that, until the next look
  std::optional<int> status_;  // once it has been collected
};

}  // namespace elector::kube
