// A program under test: started, listened to line by line, sent signals, and gone at the end
// whatever happens.
//
// It runs in a process group of its own, which is killed when the Process goes out of scope; it is
// killed too when the test program dies.
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
  std::vector<std::string> arguments;  // the first is the program, looked for on the PATH
  // Added to the test program's own environment; nothing removes the variable.
  std::map<std::string, std::optional<std::string>> environment{};
  bool close_stdout = false;  // it starts without a standard output
  // What it leaves behind in its process group is not killed when its end is noticed: it may be
  // what the test is about.
  bool leave_behind = false;
  std::vector<Denial> denied{};  // system calls that fail, for it and for all that it starts
  // It is PID 1 of a PID namespace with a /proc of its own, as in a container, which takes root.
  // The Process is its parent outside, and ends with its exit code; children_of() has its pid.
  bool as_init = false;
};

class Process {
 public:
  enum class Stream { kOut, kErr };
  using Predicate = std::function<bool(const std::string&)>;

  // Throws std::runtime_error if it cannot be forked. A program that cannot be executed exits
  // with 127.
  explicit Process(const Command& command);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const;
  // Its exit code, or 128 + the signal that ended it; nothing if it still runs after the limit. The
  // output is complete then.
  std::optional<int> wait_exit(Milliseconds limit = kLimit);
  bool running() { return !wait_exit(Milliseconds(0)); }

  std::vector<Line> lines(Stream stream) const;
  // All lines of the stream so far, each with its newline.
  std::string text(Stream stream) const;
  // The first line from the `from`th on that the predicate accepts, waiting for it up to the limit.
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
  int look_ = -1;  // one that asks it to say when it has read all that is there
  std::optional<int> exit_code_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::map<Stream, std::vector<Line>> lines_;
  std::map<Stream, std::string> partial_;
  bool output_ended_ = false;
  bool looked_ = false;  // after look_
  std::thread reader_;
};

// A predicate: the line has this text in it.
Process::Predicate containing(std::string text);
// A predicate: the line is this text.
Process::Predicate equal_to(std::string text);

}  // namespace elector::tests
