// SPDX-License-Identifier: Apache-2.0
#include "cmd/candidate/clock_watch.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

namespace elector::cmd {

ClockWatch::ClockWatch(kube::Poller& poller, std::function<void()> on_set)
    : poller_(poller), fd_(::timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC)) {
  if (!fd_) return;
  arm();
  const Failure failure =
      poller_.add(fd_.get(), EPOLLIN, [this, on_set = std::move(on_set)](std::uint32_t) {
        // Fails with ECANCELED, which reports that the clock was set (timerfd_create(2)).
        std::uint64_t expirations = 0;
        (void)!::read(fd_.get(), &expirations, sizeof expirations);
        arm();
        on_set();
      });
  if (failure) fd_.reset();
}

ClockWatch::~ClockWatch() {
  if (fd_) poller_.remove(fd_.get());
}

// Arms the timer for the year 2255: only its cancellation when the clock is set matters.
void ClockWatch::arm() const {
  itimerspec never{};
  never.it_value.tv_sec = 9'000'000'000;
  ::timerfd_settime(fd_.get(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, nullptr);
}

}  // namespace elector::cmd
