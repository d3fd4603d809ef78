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

// What would end a process is dropped by the kernel when it is PID 1 of a container and neither
// handles nor blocks it (pid_namespaces(7)): there a SIGTERM, SIGINT, SIGHUP or SIGQUIT waits from
// now on until Signals reads it. Call first of all; any other process ends by them as it should.
void keep_signals_for_init();
// The signal mask that this process was started with, for the command of exec. Call it before there
// is any Signals.
sigset_t inherited_mask();

// Does what the signal does by default, although it is blocked: stops the process by SIGTSTP, say,
// until SIGCONT (unless its process group is orphaned: there would be nobody to continue it).
void take_default(int signal);

struct Signal {
  int number = 0;
  // By the terminal, to the whole of a process group: SIGINT, SIGQUIT and SIGTSTP that someone
  // typed, SIGTTIN and SIGTTOU because one of a group in the background wants it (termios(3)).
  bool by_terminal = false;
};

class Signals {
 public:
  // Blocks the signals for this thread and calls `callback` with each that arrives; but not SIGHUP
  // where it is ignored, as nohup(1) has it, nor SIGINT and SIGQUIT, as a shell without job control
  // has them for what it starts in the background. SIGXCPU from the kernel, of which SIGKILL
  // follows, is told as SIGTERM, once.
  //
  // SIGPIPE and SIGXFSZ are ignored for the whole process: a peer that hangs up, or a log that may
  // not grow, is an error of one write and not the end. (A SIGXFSZ that is among the signals, and
  // that another process has sent, arrives like the others.)
  static kube::Expected<std::unique_ptr<Signals>> create(kube::Poller& poller,
                                                         std::initializer_list<int> signals,
                                                         std::function<void(int)> callback);
  // The same for every signal that can be caught and is not the sign of a bug of ours (SIGSEGV and
  // its like), SIGCHLD included.
  static kube::Expected<std::unique_ptr<Signals>> create_for_all(
      kube::Poller& poller, std::function<void(Signal)> callback);
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
