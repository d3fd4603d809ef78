// Signals as events of the one loop, by signalfd(2): no handlers, nothing asynchronous.
#pragma once

#include <csignal>
#include <functional>
#include <initializer_list>
#include <memory>

#include "kube/error.h"
#include "kube/poller.h"

namespace elector::cmd {

bool is_ignored(int signal);

// Whether the signal ends a process that does nothing about it (signal(7)).
bool ends_by_default(int signal);

// The kernel drops a signal that would end a process when the process is PID 1 of a container and
// neither handles nor blocks it (pid_namespaces(7)). There each of them, unless it is ignored,
// waits from now on until Signals reads it. Call first of all; any other process ends by them as it
// should.
void keep_signals_for_init();
// For a command that has nothing to undo: as PID 1, those signals end the process at once from now
// on, with the exit code 128 + the signal.
void end_by_signals_as_init();
// The signal mask that this process was started with, for the command of exec. Call it before there
// is any Signals.
sigset_t inherited_mask();

// Does what the signal does by default, although it is blocked: stops the process by SIGTSTP, say,
// until SIGCONT (unless its process group is orphaned: there would be nobody to continue it).
void take_default(int signal);

struct Signal {
  int number = 0;
  // Not sent by a process (sigaction(2), SI_KERNEL): by the terminal that was resized, say.
  bool by_kernel = false;
  // By the terminal, to the whole of a process group: SIGINT, SIGQUIT and SIGTSTP that someone
  // typed, SIGTTIN and SIGTTOU because one of a group in the background wants it (termios(3)).
  bool by_terminal = false;
  // This process is PID 1, and the signal would end any other process.
  bool ends_init = false;
};

// While there is one, children that end leave no zombie: every command has one, and here alone
// children are reaped (kube/children.h).
class Signals {
 public:
  // Blocks the signals for this thread and calls `callback` with each that arrives; as PID 1 also
  // with every other that would end a process. But not SIGHUP where it is ignored, as nohup(1) has
  // it, nor SIGINT and SIGQUIT, as a shell without job control has them for what it starts in the
  // background. SIGXCPU from the kernel, of which SIGKILL follows, is told as SIGTERM, once.
  //
  // SIGPIPE and SIGXFSZ are ignored for the whole process: a peer that hangs up, or a log that may
  // not grow, is an error of one write and not the end. (If they are among the signals, those that
  // another process has sent arrive like the others.)
  static kube::Expected<std::unique_ptr<Signals>> create(kube::Poller& poller,
                                                         std::initializer_list<int> signals,
                                                         std::function<void(int)> callback);
  // The same for every signal that can be caught and is not the sign of a bug of ours (SIGSEGV and
  // its like), unless it is `stop_signal`.
  static kube::Expected<std::unique_ptr<Signals>> create_for_all(
      kube::Poller& poller, int stop_signal, std::function<void(Signal)> callback);
  // Only reaps children, and changes nothing about other signals.
  static kube::Expected<std::unique_ptr<Signals>> create_for_children(kube::Poller& poller);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  static kube::Expected<std::unique_ptr<Signals>> create(kube::Poller& poller, sigset_t set,
                                                         std::function<void(Signal)> callback);
  Signals(kube::Poller& poller, int fd) : poller_(poller), fd_(fd) {}

  kube::Poller& poller_;
  int fd_;
};

}  // namespace elector::cmd
