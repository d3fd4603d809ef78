// SPDX-License-Identifier: Apache-2.0
// The signal is SIGVTALRM, unblocked during a turn only: otherwise it is a signal like any other,
// which `exec` passes on to its command.
#include "kube/http/turn_limit.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <optional>

#ifndef sigev_notify_thread_id  // glibc before 2.38 has no name for it
#define sigev_notify_thread_id _sigev_un._tid
#endif

namespace elector::kube {
namespace {

constexpr int kSignal = SIGVTALRM;

// Of the present turn, for the handler and for over_time().
std::atomic<const TurnSockets*> present{nullptr};
std::chrono::nanoseconds began{};
std::chrono::nanoseconds began_at{};  // the same moment on CLOCK_MONOTONIC
// Set by the handler for a signal that another process sends during a turn; it is sent again after
// it.
volatile std::sig_atomic_t foreign = 0;

std::chrono::nanoseconds read_clock(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

void on_signal(int, siginfo_t* info, void*) {
  const int saved = errno;
  if (info->si_code != SI_TIMER) {
    foreign = 1;
  } else if (Turn::over_time()) {
    present.load()->disconnect();
  }
  errno = saved;
}

// The timer of this process; a forked process does not inherit timers, but runs no turns either.
// Nothing if the kernel refuses one (a sandbox): then there is only the progress callback.
std::optional<timer_t> make_timer() {
  sigevent event{};
  // For this thread only: libcurl's resolver has threads of its own.
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = kSignal;
  event.sigev_notify_thread_id = gettid();
  timer_t timer{};
  if (timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer) != 0) return std::nullopt;
  return timer;
}

// How often the timer checks the turn, in computing time. Few turns ever compute that much.
constexpr std::chrono::nanoseconds kPace = kLongestSlowTurn / 2;

// Repeats, since libcurl may have opened another socket after the first ones were disconnected.
void set_timer(std::chrono::nanoseconds pace) {
  static const std::optional<timer_t> kTimer = make_timer();
  if (!kTimer) return;
  itimerspec when{};
  when.it_value.tv_nsec = pace.count();
  when.it_interval = when.it_value;
  timer_settime(*kTimer, 0, &when, nullptr);
}

struct sigaction action_before;
sigset_t mask_before;

}  // namespace

void TurnSockets::add(int socket) {
  for (std::atomic<int>& place : sockets_) {
    int unused = 0;
    if (place.compare_exchange_strong(unused, socket + 1)) return;
  }
}

void TurnSockets::remove(int socket) {
  for (std::atomic<int>& place : sockets_) {
    int present_value = socket + 1;
    if (place.compare_exchange_strong(present_value, 0)) return;
  }
}

void TurnSockets::disconnect() const {
  for (const std::atomic<int>& place : sockets_) {
    const int socket = place.load() - 1;
    if (socket < 0) continue;
    // The kernel then resets the connection and drops what was received (tcp_disconnect());
    // shutdown(2) would leave that, megabytes of it, to be read.
    sockaddr none{};
    none.sa_family = AF_UNSPEC;
    (void)connect(socket, &none, sizeof none);
    shutdown(socket, SHUT_RDWR);
  }
}

Turn::Turn(const TurnSockets& sockets) {
  assert(present == nullptr);
  began = read_clock(CLOCK_THREAD_CPUTIME_ID);
  began_at = read_clock(CLOCK_MONOTONIC);
  present = &sockets;
  struct sigaction action {};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  sigaction(kSignal, &action, &action_before);
  sigset_t signal;
  sigemptyset(&signal);
  sigaddset(&signal, kSignal);
  set_timer(kPace);
  sigprocmask(SIG_UNBLOCK, &signal, &mask_before);
}

Turn::~Turn() {
  set_timer(std::chrono::nanoseconds(0));
  // A signal of the timer that is already pending reaches the handler before this returns.
  sigprocmask(SIG_SETMASK, &mask_before, nullptr);
  // If the signal is blocked, the handler stays for threads that libcurl has started in a turn:
  // they do not block it, and a signal from another process may be delivered to one of them.
  if (sigismember(&mask_before, kSignal) == 0) sigaction(kSignal, &action_before, nullptr);
  present = nullptr;
  if (foreign != 0) {
    foreign = 0;
    raise(kSignal);
  }
}

bool Turn::over_time() {
  if (present == nullptr) return false;
  const auto computed = read_clock(CLOCK_THREAD_CPUTIME_ID) - began;
  if (computed <= kLongestSlowTurn) return false;
  return computed > kLongestTurn || read_clock(CLOCK_MONOTONIC) - began_at > kSlowTurn;
}

}  // namespace elector::kube
