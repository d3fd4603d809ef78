// Waits for the end of a child on a Poller, also where the calls for that are refused.
//
// Where there is no pidfd (pid_fd.h) the child is looked at again and again. All of kube/ and cmd/
// that waits for a child in the event loop does so through this.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>

#include "kube/pid_fd.h"
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
  const PidFd process_;
  bool watched_ = false;       // process_ is on the poller
  Poller::TimerId timer_ = 0;  // without that, until the next look
  std::optional<int> status_;  // once it has been collected
};

}  // namespace elector::kube
