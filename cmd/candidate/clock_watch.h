// SPDX-License-Identifier: Apache-2.0
// Calls back at once when the wall clock is set: by an administrator, by NTP, or by whatever
// corrects the time of a machine that was paused from outside. CLOCK_BOOTTIME may not have counted
// such a pause, so a hold may be over.
#pragma once

#include <functional>

#include "kube/base/poller.h"
#include "kube/base/unique_fd.h"

namespace elector::cmd {

class ClockWatch {
 public:
  // The poller must outlive this. If the kernel provides no timer for it, `on_set` is never called;
  // the clock is also checked at each renewal.
  ClockWatch(kube::Poller& poller, std::function<void()> on_set);
  ~ClockWatch();
  ClockWatch(const ClockWatch&) = delete;
  ClockWatch& operator=(const ClockWatch&) = delete;

 private:
  void arm() const;

  kube::Poller& poller_;
  kube::UniqueFd fd_;
};

}  // namespace elector::cmd
