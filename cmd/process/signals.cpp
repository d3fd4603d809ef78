// SPDX-License-Identifier: Apache-2.0
#include "cmd/process/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

#include "core/exit_code.h"
#include "kube/auth/children.h"

// Defined in cmd/process/first_instructions.cpp, in a static elector only.
extern "C" {
[[gnu::weak]] extern std::uint64_t elector_first_mask;
[[gnu::weak]] extern std::uint64_t elector_first_mask_taken;
}

namespace elector::cmd {
namespace {

bool terminals_send(int signal) {
  return signal == SIGINT || signal == SIGQUIT || signal == SIGTSTP || signal == SIGTTIN ||
         signal == SIGTTOU;
}

// The kernel sends SIGPIPE and SIGXFSZ in the name of the process whose write fails.
bool tells_of_write(const signalfd_siginfo& info) {
  return (info.ssi_signo == SIGPIPE || info.ssi_signo == SIGXFSZ) &&
         info.ssi_pid == static_cast<std::uint32_t>(::getpid());
}

// The signals that end a PID 1 here although the kernel would drop them; empty for any other
// process.
sigset_t ends_init{};
// The mask before keep_signals_for_init() changed it.
std::optional<sigset_t> mask_before;

// The mask that the first instructions found.
sigset_t blocked_first() {
  sigset_t mask;
  sigemptyset(&mask);
  for (int signal = 1; signal <= 64; ++signal) {
    if ((elector_first_mask >> static_cast<unsigned>(signal - 1) & 1U) != 0)
      sigaddset(&mask, signal);
  }
  return mask;
}

extern "C" void end_as_init(int signal, siginfo_t* info, void* /*context*/) {
  const bool of_write = signal == SIGPIPE || signal == SIGXFSZ;
  if (!of_write || info->si_pid != ::getpid()) ::_exit(kExitBySignal + signal);
}

}  // namespace

bool ends_by_default(int signal) {
  switch (signal) {
    case SIGCHLD:
    case SIGCONT:
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
    case SIGURG:
    case SIGWINCH:
      return false;
    default:
      return true;
  }
}

void keep_signals_for_init() {
  sigemptyset(&ends_init);
  if (::getpid() != 1) return;
  for (int signal = 1; signal <= SIGRTMAX; ++signal) {
    if (ends_by_default(signal) && !is_ignored(signal)) sigaddset(&ends_init, signal);
  }
  sigset_t before;
  ::sigprocmask(SIG_BLOCK, &ends_init, &before);
  if (&elector_first_mask_taken != nullptr && elector_first_mask_taken != 0) {
    before = blocked_first();
    sigset_t now;
    sigorset(&now, &before, &ends_init);
    ::sigprocmask(SIG_SETMASK, &now, nullptr);
  }
  mask_before = before;
}

void end_by_signals_as_init() {
  if (!mask_before) return;
  struct sigaction action {};
  action.sa_sigaction = end_as_init;
  action.sa_flags = SA_SIGINFO;
  for (int signal = 1; signal <= SIGRTMAX; ++signal) {
    if (sigismember(&ends_init, signal) == 1) ::sigaction(signal, &action, nullptr);
  }
  ::sigprocmask(SIG_UNBLOCK, &ends_init, nullptr);
}

sigset_t inherited_mask() {
  if (mask_before) return *mask_before;
  sigset_t now;
  ::sigprocmask(SIG_BLOCK, nullptr, &now);
  return now;
}

bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

void take_default(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  ::raise(signal);
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
}

Expected<std::unique_ptr<Signals>> Signals::create(kube::Poller& poller,
                                                   std::initializer_list<int> signals,
                                                   std::function<void(int)> callback) {
  sigset_t set = ends_init;
  for (const int signal : signals) sigaddset(&set, signal);
  return create(poller, set,
                [callback = std::move(callback)](Signal signal) { callback(signal.number); });
}

Expected<std::unique_ptr<Signals>> Signals::create_for_all(kube::Poller& poller, int stop_signal,
                                                           std::function<void(Signal)> callback) {
  sigset_t set;
  sigfillset(&set);
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS}) {
    if (signal != stop_signal && sigismember(&ends_init, signal) != 1) sigdelset(&set, signal);
  }
  return create(poller, set, std::move(callback));
}

Expected<std::unique_ptr<Signals>> Signals::create_for_children(kube::Poller& poller) {
  sigset_t none;
  sigemptyset(&none);
  return create(poller, none, {});
}

Expected<std::unique_ptr<Signals>> Signals::create(kube::Poller& poller, sigset_t set,
                                                   std::function<void(Signal)> callback) {
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT}) {
    if (is_ignored(signal)) sigdelset(&set, signal);
  }
  sigaddset(&set, SIGCHLD);
  kube::UniqueFd owner(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  const int fd = owner.get();
  if (fd < 0) {
    return Error{Error::Kind::kSystem,
                 std::string("cannot receive signals: ") + std::strerror(errno)};
  }
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  if (callback) {
    // Ignoring a signal drops a pending one, which may be an early stop. A signal that is received
    // by `set` is filtered by its sender instead.
    for (const int signal : {SIGPIPE, SIGXFSZ}) {
      if (sigismember(&ends_init, signal) != 1) std::signal(signal, SIG_IGN);
    }
  }
  std::unique_ptr<Signals> made(new Signals(poller, std::move(owner)));
  const Failure failure =
      poller.add(fd, EPOLLIN, [fd, callback = std::move(callback), told = false](auto) mutable {
        signalfd_siginfo info{};
        while (::read(fd, &info, sizeof info) == sizeof info) {
          const int signal = static_cast<int>(info.ssi_signo);
          const bool by_kernel = info.ssi_code == SI_KERNEL;
          if (signal == SIGCHLD) {
            kube::reap_children();
          } else if (signal == SIGXCPU && by_kernel) {
            if (!std::exchange(told, true)) callback({.number = SIGTERM});
          } else if (!tells_of_write(info)) {
            callback({.number = signal,
                      .by_kernel = by_kernel,
                      .by_terminal = by_kernel && terminals_send(signal),
                      .ends_init = sigismember(&ends_init, signal) == 1});
          }
        }
      });
  if (failure) return *failure;
  kube::reap_children();  // those that ended before
  return made;
}

Signals::~Signals() {
  poller_.remove(fd_.get());
}

}  // namespace elector::cmd
