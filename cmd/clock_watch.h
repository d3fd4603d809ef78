// Tells at once when somebody sets the wall clock: an administrator, NTP, or whatever tells a
// machine the time again that was paused from outside. Such a pause is time that CLOCK_BOOTTIME may
// not have counted, so a hold may be over.
#pragma once

#include <functional>

#include "kube/poller.h"

namespace elector::cmd {

class ClockWatch {
 public:
  // The poller must outlive this. Where the kernel gives no timer for it, nothing is ever told:
  // who depends on the clock looks at it with each renewal anyway.
  ClockWatch(kube::Poller& poller, std::function<void()> on_set);
  ~ClockWatch();
  ClockWatch(const ClockWatch&) = delete;
  ClockWatch& operator=(const ClockWatch&) = delete;

 private:
  void arm() const;

  kube::Poller& poller_;
  int fd_ = -1;
};

}  // namespace elector::cmd
