// SPDX-License-Identifier: Apache-2.0
// The one place where kube/ waits: descriptors and timers, on an epoll descriptor that the
// program's own loop nests in its own. Poller is passive: it runs nothing until process() is
// called.
#pragma once

#include <sys/epoll.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "core/error.h"
#include "core/time.h"
#include "kube/base/unique_fd.h"

namespace elector::kube {

// CLOCK_BOOTTIME now: it keeps running while the machine sleeps and cannot be set, and the lease is
// measured by it.
core::BootTime boot_now() noexcept;
// Both clocks, now.
core::Now now() noexcept;

class Poller {
 public:
  // `events` is what epoll reported: EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP, …
  using DescriptorCallback = std::function<void(std::uint32_t events)>;
  using TimerCallback = std::function<void()>;
  using TimerId = std::uint64_t;  // 0 is never a timer's id; ids are not reused

  // Fails with kSystem if the process or the system has no descriptor left.
  static Expected<std::unique_ptr<Poller>> create();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // Readable whenever process() has something to do. Add it to another epoll, level triggered.
  int fd() const { return epoll_.get(); }

  // Runs the callbacks of everything that is due now, and returns; never blocks. A callback may
  // add, modify and remove anything, itself included; a removed callback is not run any more. After
  // kLongEnough the rest waits for the next call, so that several slow callbacks do not delay the
  // program's other events by the sum of their times.
  void process();
  static constexpr std::chrono::milliseconds kLongEnough{50};

  // Blocks until there is something to do, at most `limit` (without a value: no limit), then calls
  // process(). For programs without another loop.
  void wait(std::optional<std::chrono::milliseconds> limit);
  // Calls wait() until `done`, which is checked before each, or until `limit` has passed on
  // CLOCK_BOOTTIME (without a value: no limit).
  void run_until(const std::function<bool()>& done, std::optional<core::Duration> limit = {});

  // Watches `descriptor` for `events` (EPOLLIN | EPOLLOUT, level triggered) until remove(). The
  // caller keeps owning the descriptor and must call remove() before close(). Adding a descriptor
  // again replaces its registration. Fails with kSystem: not a descriptor, a regular file, or no
  // memory.
  [[nodiscard]] Failure add(int descriptor, std::uint32_t events, DescriptorCallback callback);
  // Changes the events of a registered descriptor; ignores any other.
  void modify(int descriptor, std::uint32_t events);
  // Ignores a descriptor that is not registered.
  void remove(int descriptor);

  // Runs `callback` once, `delay` from now on CLOCK_BOOTTIME (zero or less: at the next process()).
  TimerId start_timer(core::Duration delay, TimerCallback callback);
  TimerId start_timer_at(core::BootTime when, TimerCallback callback);
  // Ignores a timer that has run, was cancelled, or is 0.
  void cancel_timer(TimerId id);

 private:
  struct Watched {
    std::uint32_t serial;
    DescriptorCallback callback;
  };

  Poller(UniqueFd epoll, UniqueFd timer) : epoll_(std::move(epoll)), timer_(std::move(timer)) {}
  void run_due_timers(core::BootTime enough);
  void arm();

  UniqueFd epoll_;
  UniqueFd timer_;
  std::uint32_t next_serial_ = 1;
  std::size_t passed_over_ = 0;  // events of the last process() before those that it left
  // Shared, so that a callback that removes itself does not destroy the running function.
  std::unordered_map<int, std::shared_ptr<Watched>> watched_;
  TimerId next_timer_ = 1;
  std::map<std::pair<core::BootTime, TimerId>, TimerCallback> timers_;
  std::unordered_map<TimerId, core::BootTime> deadlines_;
  core::BootTime armed_for_ = core::BootTime::max();
};

}  // namespace elector::kube
