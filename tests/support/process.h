// SPDX-License-Identifier: Apache-2.0
// A program under test: starts it, reads its output line by line, sends it signals, and always ends
// it.
//
// It runs in its own process group, which is killed when the Process goes out of scope, and also
// when the test program dies.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/denial.h"
#include "tests/support/eventually.h"

namespace elector::tests {

struct Line {
  std::string text;  // without the newline
  SteadyTime at;     // when the test program read it
};

struct Command {
  std::vector<std::string> arguments;  // the first is the program, looked up on the PATH
  // Added to the test program's own environment; a variable with no value is removed.
  std::map<std::string, std::optional<std::string>> environment{};
  bool close_stdout = false;  // starts it without a standard output
  // Do not kill what it leaves behind in its process group when its end is noticed: that may be
  // what the test is about.
  bool leave_behind = false;
  std::vector<Denial> denied{};  // system calls that fail, for it and all that it starts
  // Runs it as PID 1 of a PID namespace with its own /proc, as in a container; requires root. The
  // Process is its parent outside, and ends with its exit code; children_of() returns its pid.
  bool as_init = false;
};

class Process {
 public:
  enum class Stream { kOut, kErr };
  using Predicate = std::function<bool(const std::string&)>;

  // Throws std::runtime_error if fork fails. A program that cannot be executed exits with 127.
  explicit Process(const Command& command);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const;
  // Returns its exit code, or 128 + the signal that ended it, with complete output; nothing if it
  // still runs after the limit.
  std::optional<int> wait_exit(Milliseconds limit = kLimit);
  bool running() { return !wait_exit(Milliseconds(0)); }

  std::vector<Line> lines(Stream stream) const;
  // Returns all lines of the stream so far, each with its newline.
  std::string text(Stream stream) const;
  // Returns the first line from the `from`th on that the predicate accepts, waiting up to the
  // limit.
  std::optional<Line> wait_for_line(Stream stream, const Predicate& accepts,
                                    Milliseconds limit = kLimit, std::size_t from = 0) const;

 private:
  void read_output();
  bool take(Stream stream, int fd);
  void add_line(Stream stream, std::string text);

  pid_t pid_ = -1;
  bool leave_behind_ = false;
  int pid_fd_ = -1;
  int out_ = -1;
  int err_ = -1;
  int stop_ = -1;  // an eventfd that ends the reader
  int look_ = -1;  // one that asks it to report when it has read everything available
  std::optional<int> exit_code_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::map<Stream, std::vector<Line>> lines_;
  std::map<Stream, std::string> partial_;
  bool output_ended_ = false;
  bool looked_ = false;  // after look_
  std::thread reader_;
};

// A predicate: the line contains this text.
Process::Predicate containing(std::string text);
// A predicate: the line equals this text.
Process::Predicate equal_to(std::string text);

}  // namespace elector::tests
