// SPDX-License-Identifier: Apache-2.0
// Signals as events of the loop, by signalfd(2): no handlers, nothing asynchronous.
#pragma once

#include <csignal>
#include <functional>
#include <initializer_list>
#include <memory>
#include <utility>

#include "core/error.h"
#include "kube/base/poller.h"
#include "kube/base/unique_fd.h"

namespace elector::cmd {

bool is_ignored(int signal);

// Whether the signal ends a process that does not handle it (signal(7)).
bool ends_by_default(int signal);

// The kernel drops a signal that would end a process if the process is PID 1 of a container and
// neither handles nor blocks it (pid_namespaces(7)). As PID 1, makes each such signal, unless it is
// ignored, wait until Signals reads it. Call it first of all; any other process is ended by these
// signals as usual.
void keep_signals_for_init();
// For a command that has nothing to undo: as PID 1, those signals end the process at once from now
// on, with exit code 128 + the signal.
void end_by_signals_as_init();
// Returns the signal mask that this process was started with, for the command of exec. Call it
// before there is any Signals.
sigset_t inherited_mask();

// Does what the signal does by default, although it is blocked: SIGTSTP, for example, stops the
// process until SIGCONT (unless its process group is orphaned, which could not be continued).
void take_default(int signal);

struct Signal {
  int number = 0;
  // Not sent by a process (sigaction(2), SI_KERNEL) but, for example, because the terminal was
  // resized.
  bool by_kernel = false;
  // Sent by the terminal to a whole process group: SIGINT, SIGQUIT and SIGTSTP for keys that were
  // typed, SIGTTIN and SIGTTOU because a process of a background group wants the terminal
  // (termios(3)).
  bool by_terminal = false;
  // This process is PID 1, and the signal would end any other process.
  bool ends_init = false;
};

// While one exists, children that end leave no zombie: every command has one, and children are
// reaped only here (kube/auth/children.h).
class Signals {
 public:
  // Blocks the signals for this thread and calls `callback` with each that arrives; as PID 1 also
  // with every other signal that would end a process. Leaves out SIGHUP where it is ignored, as
  // nohup(1) does, and SIGINT and SIGQUIT, as a shell without job control does for background jobs.
  // SIGXCPU from the kernel, which SIGKILL follows, is reported as SIGTERM, once.
  //
  // SIGPIPE and SIGXFSZ are ignored for the whole process: a peer that hangs up, or a log that may
  // not grow, is an error of one write and not the end. (If they are among the signals, those sent
  // by another process arrive like the others.)
  static Expected<std::unique_ptr<Signals>> create(kube::Poller& poller,
                                                   std::initializer_list<int> signals,
                                                   std::function<void(int)> callback);
  // The same for every signal that can be caught, except those that indicate a bug in elector
  // (SIGSEGV and the like), unless it is `stop_signal`.
  static Expected<std::unique_ptr<Signals>> create_for_all(kube::Poller& poller, int stop_signal,
                                                           std::function<void(Signal)> callback);
  // Only reaps children, and does not change the handling of other signals.
  static Expected<std::unique_ptr<Signals>> create_for_children(kube::Poller& poller);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  static Expected<std::unique_ptr<Signals>> create(kube::Poller& poller, sigset_t set,
                                                   std::function<void(Signal)> callback);
  Signals(kube::Poller& poller, kube::UniqueFd fd) : poller_(poller), fd_(std::move(fd)) {}

  kube::Poller& poller_;
  kube::UniqueFd fd_;
};

}  // namespace elector::cmd
