// SPDX-License-Identifier: Apache-2.0
// A pseudo-terminal with a session on it, and simulated typing.
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
  // clean environment with a prompt "ready> ". Job control (`set -m`) requires bash: dash considers
  // a process of a pipeline that was stopped and continued as stopped for ever. Throws
  // std::runtime_error if no terminal is available.
  explicit Terminal(const std::string& script, const std::string& shell = "sh");
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void type(const std::string& keys) const;
  void resize(unsigned short rows, unsigned short columns) const;
  // Whether the text appears, after everything that was waited for before.
  bool shows(const std::string& text, Milliseconds limit = kLimit);
  // Returns the process group in the foreground.
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
