#include "cmd/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

namespace elector::cmd {
namespace {

bool terminals_send(int signal) {
  return signal == SIGINT || signal == SIGQUIT || signal == SIGTSTP || signal == SIGTTIN ||
         signal == SIGTTOU;
}

// The mask before keep_signals_for_init() changed it.
std::optional<sigset_t> mask_before;

}  // namespace

void keep_signals_for_init() {
  if (::getpid() != 1) return;
  sigset_t set;
  sigset_t before;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) sigaddset(&set, signal);
  ::sigprocmask(SIG_BLOCK, &set, &before);
  mask_before = before;
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

kube::Expected<std::unique_ptr<Signals>> Signals::create(kube::Poller& poller,
                                                         std::initializer_list<int> signals,
                                                         std::function<void(int)> callback) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  return create(poller, set,
                [callback = std::move(callback)](Signal signal) { callback(signal.number); });
}

kube::Expected<std::unique_ptr<Signals>> Signals::create_for_all(
    kube::Poller& poller, std::function<void(Signal)> callback) {
  sigset_t set;
  sigfillset(&set);
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGPIPE}) {
    sigdelset(&set, signal);
  }
  return create(poller, set, std::move(callback));
}

kube::Expected<std::unique_ptr<Signals>> Signals::create(kube::Poller& poller, sigset_t set,
                                                         std::function<void(Signal)> callback) {
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT}) {
    if (is_ignored(signal)) sigdelset(&set, signal);
  }
  const int fd = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0) {
    return kube::Error{kube::Error::Kind::kSystem,
                       std::string("cannot receive signals: ") + std::strerror(errno)};
  }
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  for (const int signal : {SIGPIPE, SIGXFSZ}) std::signal(signal, SIG_IGN);
  std::unique_ptr<Signals> made(new Signals(poller, fd));
  const kube::Failure failure =
      poller.add(fd, EPOLLIN, [fd, callback = std::move(callback), told = false](auto) mutable {
        signalfd_siginfo info{};
        while (::read(fd, &info, sizeof info) == sizeof info) {
          const int signal = static_cast<int>(info.ssi_signo);
          const bool by_kernel = info.ssi_code == SI_KERNEL;
          if (signal == SIGXCPU && by_kernel) {
            if (!std::exchange(told, true)) callback({.number = SIGTERM});
          } else if (signal != SIGXFSZ || info.ssi_pid != static_cast<std::uint32_t>(::getpid())) {
            callback({.number = signal, .by_terminal = by_kernel && terminals_send(signal)});
          }
        }
      });
  if (failure) return *failure;
  return made;
}

Signals::~Signals() {
  poller_.remove(fd_);
  ::close(fd_);
}

}  // namespace elector::cmd
