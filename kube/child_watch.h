// Waits for the end of a child on a Poller, also where the calls for that are refused.
//
// pidfd_open(2) and waitid(2) with P_PIDFD are of Linux 5.3 and 5.4. Sandboxes that are older, or
// do not know them (gVisor, old seccomp profiles), answer ENOSYS, EPERM or EINVAL. Then the child
// is looked at again and again. All of kube/ and cmd/ that waits for a child in the event loop does
// so through this.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>

#include "kube/poller.h"

namespace elector::kube {

// How a child ended, as waitid(2) puts it. `known` is false where its status was taken by another
// wait of this process.
struct ChildEnd {
  bool known = false;
  int code = 0;    // CLD_EXITED, CLD_KILLED, …
  int status = 0;  // the exit code or the signal
};

class ChildWatch {
 public:
  // `pid` is a child that is still to be reaped. `on_end` is called once, from the poller, when it
  // has ended; it may destroy this object. The poller must outlive this.
  ChildWatch(Poller& poller, pid_t pid, std::function<void()> on_end);
  ~ChildWatch();  // watches no longer; the child is left as it is
  ChildWatch(const ChildWatch&) = delete;
  ChildWatch& operator=(const ChildWatch&) = delete;

  // Reaps the child. Nothing while it runs.
  std::optional<ChildEnd> reap();

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
};

}  // namespace elector::kube
