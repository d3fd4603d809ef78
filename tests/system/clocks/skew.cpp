// SPDX-License-Identifier: Apache-2.0
// A shared library for LD_PRELOAD that gives one process, and what it starts, clocks of its own:
//
//   SKEW_RATE=X    its clocks run X times as fast, timers and timeouts with them
//   SKEW_WALL=FILE its wall clock is as many seconds off as the file says, which may change: a step
//
// libfaketime would do the same, but in its version 0.9.10 an absolute timerfd of CLOCK_BOOTTIME,
// which is what elector waits on, does not go off in time, with or without
// FAKETIME_DONT_FAKE_MONOTONIC.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <ctime>

namespace {

constexpr double kBillion = 1e9;

double rate() {
  static const double value = [] {
    const char* text = std::getenv("SKEW_RATE");
    return text == nullptr ? 1.0 : std::atof(text);
  }();
  return value;
}

double wall_offset() {
  const char* path = std::getenv("SKEW_WALL");
  if (path == nullptr) return 0;
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  std::array<char, 64> text{};
  const ssize_t size = ::read(file, text.data(), text.size() - 1);
  ::close(file);
  return size > 0 ? std::atof(text.data()) : 0;
}

// The kernel's, past the C library and past this one.
double true_time(clockid_t clock) {
  timespec now{};
  ::syscall(SYS_clock_gettime, clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / kBillion;
}

timespec to_timespec(double seconds) {
  const double whole = std::floor(seconds);
  return {.tv_sec = static_cast<time_t>(whole),
          .tv_nsec = static_cast<long>((seconds - whole) * kBillion)};
}

double to_seconds(const timespec& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / kBillion;
}

double wall_time() {
  return true_time(CLOCK_REALTIME) + wall_offset() + (rate() - 1) * true_time(CLOCK_BOOTTIME);
}

template <typename Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

int longer(int timeout) {
  return timeout <= 0 ? timeout : static_cast<int>(std::ceil(timeout / rate()));
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) {
  switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
      *time = to_timespec(wall_time());
      return 0;
    case CLOCK_BOOTTIME:
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
      *time = to_timespec(true_time(clock) * rate());
      return 0;
    default:
      return static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
  }
}

time_t time(time_t* into) {
  const time_t now = to_timespec(wall_time()).tv_sec;
  if (into != nullptr) *into = now;
  return now;
}

int gettimeofday(timeval* into, void* /*zone*/) {
  const timespec now = to_timespec(wall_time());
  *into = {.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
  return 0;
}

// Absolute times count from 0 at the same moment on all of the process's clocks but the wall's, on
// which nothing here sets a timer that goes off.
int timerfd_settime(int fd, int flags, const itimerspec* value, itimerspec* old) {
  static const auto real =
      next<int (*)(int, int, const itimerspec*, itimerspec*)>("timerfd_settime");
  itimerspec scaled = *value;
  if ((flags & TFD_TIMER_CANCEL_ON_SET) == 0) {
    scaled.it_value = to_timespec(to_seconds(value->it_value) / rate());
    scaled.it_interval = to_timespec(to_seconds(value->it_interval) / rate());
  }
  return real(fd, flags, &scaled, old);
}

int epoll_wait(int epoll, epoll_event* events, int count, int timeout) {
  static const auto real = next<int (*)(int, epoll_event*, int, int)>("epoll_wait");
  return real(epoll, events, count, longer(timeout));
}

}  // extern "C"
