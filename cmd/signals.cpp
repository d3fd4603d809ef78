#include "cmd/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace elector::cmd {

kube::Expected<std::unique_ptr<Signals>> Signals::create(kube::Poller& poller,
                                                         std::initializer_list<int> signals,
                                                         std::function<void(int)> callback) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  return create(poller, set, std::move(callback));
}

kube::Expected<std::unique_ptr<Signals>> Signals::create_for_all(
    kube::Poller& poller, std::function<void(int)> callback) {
  sigset_t set;
  sigfillset(&set);
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGPIPE}) {
    sigdelset(&set, signal);
  }
  return create(poller, set, std::move(callback));
}

kube::Expected<std::unique_ptr<Signals>> Signals::create(kube::Poller& poller, const sigset_t& set,
                                                         std::function<void(int)> callback) {
  const int fd = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0) {
    return kube::Error{kube::Error::Kind::kSystem,
                       std::string("cannot receive signals: ") + std::strerror(errno)};
  }
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::unique_ptr<Signals> made(new Signals(poller, fd));
  const kube::Failure failure =
      poller.add(fd, EPOLLIN, [fd, callback = std::move(callback)](std::uint32_t) {
        signalfd_siginfo info{};
        while (::read(fd, &info, sizeof info) == sizeof info) {
          callback(static_cast<int>(info.ssi_signo));
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
