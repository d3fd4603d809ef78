// SPDX-License-Identifier: Apache-2.0
// Implements Poller with epoll and a timerfd.
#include "kube/base/poller.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

namespace elector::kube {
namespace {

using core::BootTime;

// epoll hands back 64 bits: the descriptor, and which registration of that number it was. An event
// that was fetched before the descriptor was closed and its number reused must not reach the new
// registration.
std::uint64_t tag(int descriptor, std::uint32_t serial) {
  return (static_cast<std::uint64_t>(serial) << 32) | static_cast<std::uint32_t>(descriptor);
}

Error system_error(const std::string& what) {
  return Error{Error::Kind::kSystem, what + ": " + std::strerror(errno)};
}

}  // namespace

core::BootTime boot_now() noexcept {
  timespec ts{};
  clock_gettime(CLOCK_BOOTTIME, &ts);
  return core::BootTime(std::chrono::seconds(ts.tv_sec) + std::chrono::nanoseconds(ts.tv_nsec));
}

core::Now now() noexcept {
  return {.boot = boot_now(),
          .wall = std::chrono::time_point_cast<core::WallTime::duration>(
              std::chrono::system_clock::now())};
}

Expected<std::unique_ptr<Poller>> Poller::create() {
  UniqueFd epoll(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return system_error("cannot create an epoll descriptor");
  UniqueFd timer(timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timer) return system_error("cannot create a timer");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = tag(timer.get(), 0);  // serial 0 is reserved for the timer
  if (epoll_ctl(epoll.get(), EPOLL_CTL_ADD, timer.get(), &event) != 0) {
    return system_error("cannot watch a timer");
  }
  return std::unique_ptr<Poller>(new Poller(std::move(epoll), std::move(timer)));
}

void Poller::process() {
  std::array<epoll_event, 64> events;
  const int n = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
  if (n <= 0) return;
  const auto count = static_cast<std::size_t>(n);
  const BootTime enough = boot_now() + kLongEnough;
  // The kernel reports events that are still ready in the same order: those left over come first
  // now.
  const std::size_t first = std::exchange(passed_over_, 0);
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0 && boot_now() >= enough) {
      passed_over_ = (first + i) % count;
      return;
    }
    const epoll_event& event = events[(first + i) % count];
    const auto serial = static_cast<std::uint32_t>(event.data.u64 >> 32);
    if (serial == 0) {
      run_due_timers(enough);
      continue;
    }
    const auto found = watched_.find(static_cast<int>(event.data.u64 & 0xffffffffU));
    if (found == watched_.end() || found->second->serial != serial) continue;
    const std::shared_ptr<Watched> keep = found->second;
    keep->callback(event.events);
  }
}

void Poller::wait(std::optional<std::chrono::milliseconds> limit) {
  epoll_event event{};
  const int timeout = limit ? static_cast<int>(limit->count()) : -1;
  // One event is enough to know that there are any; level triggering keeps it for process().
  if (epoll_wait(epoll_.get(), &event, 1, timeout) > 0) process();
}

void Poller::run_until(const std::function<bool()>& done, std::optional<core::Duration> limit) {
  bool late = false;
  const TimerId timer = limit ? start_timer(*limit, [&late] { late = true; }) : 0;
  while (!late && !done()) wait(std::nullopt);
  cancel_timer(timer);
}

Failure Poller::add(int descriptor, std::uint32_t events, DescriptorCallback callback) {
  remove(descriptor);
  const std::uint32_t serial = next_serial_;
  next_serial_ = next_serial_ == UINT32_MAX ? 1 : next_serial_ + 1;
  epoll_event event{};
  event.events = events;
  event.data.u64 = tag(descriptor, serial);
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) != 0) {
    return system_error("cannot watch descriptor " + std::to_string(descriptor));
  }
  watched_[descriptor] = std::make_shared<Watched>(Watched{serial, std::move(callback)});
  return std::nullopt;
}

void Poller::modify(int descriptor, std::uint32_t events) {
  const auto found = watched_.find(descriptor);
  if (found == watched_.end()) return;
  epoll_event event{};
  event.events = events;
  event.data.u64 = tag(descriptor, found->second->serial);
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, descriptor, &event);
}

void Poller::remove(int descriptor) {
  // The kernel has already forgotten a descriptor that was closed; that error needs no handling.
  if (watched_.erase(descriptor) > 0) epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, nullptr);
}

Poller::TimerId Poller::start_timer(core::Duration delay, TimerCallback callback) {
  return start_timer_at(boot_now() + delay, std::move(callback));
}

Poller::TimerId Poller::start_timer_at(BootTime when, TimerCallback callback) {
  const TimerId id = next_timer_++;
  timers_.emplace(std::make_pair(when, id), std::move(callback));
  deadlines_.emplace(id, when);
  arm();
  return id;
}

void Poller::cancel_timer(TimerId id) {
  const auto found = deadlines_.find(id);
  if (found == deadlines_.end()) return;
  timers_.erase(std::make_pair(found->second, id));
  deadlines_.erase(found);
  arm();
}

void Poller::run_due_timers(BootTime enough) {
  std::uint64_t expirations = 0;
  // The count does not matter; reading it makes the descriptor unreadable again.
  [[maybe_unused]] const ssize_t ignored = read(timer_.get(), &expirations, sizeof expirations);
  armed_for_ = BootTime::max();
  // Timers that callbacks start now wait for the next process(), so that a chain of them cannot
  // keep this loop running.
  const BootTime now = boot_now();
  const TimerId newest = next_timer_;
  auto next = timers_.begin();
  while (next != timers_.end() && next->first.first <= now) {
    if (next->first.second >= newest) {
      ++next;
      continue;
    }
    const TimerCallback callback = std::move(next->second);
    deadlines_.erase(next->first.second);
    timers_.erase(next);
    callback();
    if (boot_now() >= enough) break;
    next = timers_.begin();
  }
  arm();
}

void Poller::arm() {
  const BootTime first = timers_.empty() ? BootTime::max() : timers_.begin()->first.first;
  if (first == armed_for_) return;
  armed_for_ = first;
  itimerspec spec{};
  if (!timers_.empty()) {
    // All zeroes would disarm the timer: a time before the machine's boot also means "now".
    const auto at = std::max(first.time_since_epoch(), core::Duration(1));
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(at);
    spec.it_value.tv_sec = seconds.count();
    spec.it_value.tv_nsec = (at - seconds).count();
  }
  timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &spec, nullptr);
}

}  // namespace elector::kube
