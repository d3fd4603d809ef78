// A pseudo-terminal with a session on it, and someone who types.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "tests/support/eventually.h"
#include "tests/support/process.h"

namespace elector::tests {

class Terminal {
 public:
  // `script` is run by `shell`, the session's leader, with the terminal as its three streams, in a
  // clean environment with a prompt "ready> ". For job control (`set -m`) that is to be bash: dash
  // takes a process of a pipeline that was stopped and continued for stopped ever after. Throws
  // std::runtime_error if there is no terminal to have.
  explicit Terminal(const std::string& script, const std::string& shell = "sh");
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void type(const std::string& keys) const;
  void resize(unsigned short rows, unsigned short columns) const;
  // Whether the text appears, behind everything that was waited for before.
  bool shows(const std::string& text, Milliseconds limit = kLimit);
  // The process group in the foreground.
  pid_t foreground() const;
  std::string screen() const;
  Process& process() { return *process_; }

 private:
  void read_screen();

  int master_;
  std::unique_ptr<Process> process_;
  mutable std::mutex mutex_;
  std::string screen_;
  std::size_t seen_ = 0;
  std::atomic<bool> end_{false};
  std::thread reader_;
};

}  // namespace elector::tests
