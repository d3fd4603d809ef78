// SPDX-License-Identifier: Apache-2.0
// Writes lines to standard output, in order and at once, without ever blocking the loop: a reader
// that stalls must not cost a lease or delay a signal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "core/time.h"
#include "kube/base/poller.h"

namespace elector::cmd {

class LineWriter {
 public:
  // For a caller that needs every line.
  struct Handler {
    std::function<void()> on_progress;  // pending() has changed
    // Writing failed, with this errno; pending lines are lost. EPIPE also comes as soon as the
    // reader has gone, before there is anything to write.
    std::function<void(int error)> on_error;
  };

  // Writes to `fd`, which stays the caller's. The poller must outlive this. If the reader never
  // reads, the oldest lines are dropped. A closed output is ignored.
  LineWriter(kube::Poller& poller, int fd) : poller_(poller), fd_(fd) {}
  // Never drops a line: the caller is notified by the handler and must stop writing when pending()
  // is too large.
  LineWriter(kube::Poller& poller, int fd, Handler handler);
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  // Writes the line and a newline, or keeps it until the reader has room.
  void write(const std::string& line);
  // The number of bytes not written yet.
  std::size_t pending() const { return pending_; }
  // Runs the poller until everything is written, for at most `limit`. Returns false if something is
  // left.
  bool drain(core::Duration limit);

 private:
  void flush();
  int write_out();
  void watch_output();
  void on_event(std::uint32_t events);

  kube::Poller& poller_;
  int fd_;
  const Handler handler_{};
  const bool keeps_all_ = false;
  bool gone_ = false;                       // the reader has gone, or the disk is full
  std::optional<std::uint32_t> watched_{};  // the events of the output that the poller watches
  std::deque<std::string> lines_;
  std::size_t pending_ = 0;
};

}  // namespace elector::cmd
