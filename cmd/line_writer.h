// Lines to standard output, in order and at once, without ever blocking the loop: a reader that
// stalls must not cost a lease.
#pragma once

#include <deque>
#include <string>

#include "kube/poller.h"

namespace elector::cmd {

class LineWriter {
 public:
  // Writes to `fd`, which stays the caller's. The poller must outlive this.
  LineWriter(kube::Poller& poller, int fd) : poller_(poller), fd_(fd) {}
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  // Writes the line and a newline, or keeps it until the reader has room. Of a reader that never
  // reads, the oldest lines are forgotten. A closed output is ignored.
  void write(const std::string& line);

 private:
  void flush();

  kube::Poller& poller_;
  int fd_;
  bool waiting_ = false;
  std::deque<std::string> lines_;
};

}  // namespace elector::cmd
