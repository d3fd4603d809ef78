// Lines to standard output, in order and at once, without ever blocking the loop: a reader that
// stalls must not cost a lease, nor keep a signal waiting.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <utility>

#include "core/time.h"
#include "kube/poller.h"

namespace elector::cmd {

class LineWriter {
 public:
  // For whom each line counts.
  struct Handler {
    std::function<void()> on_progress;  // something was kept or taken: pending() is another
    std::function<void(int error)>
        on_error;  // it cannot be written, by errno; what was kept is gone
  };

  // Writes to `fd`, which stays the caller's. The poller must outlive this. Of a reader that never
  // reads, the oldest lines are forgotten. A closed output is ignored.
  LineWriter(kube::Poller& poller, int fd) : poller_(poller), fd_(fd) {}
  // Forgets no line: the caller, whom the handler tells, brings no more of them than it wants kept.
  LineWriter(kube::Poller& poller, int fd, Handler handler)
      : poller_(poller), fd_(fd), handler_(std::move(handler)), keeps_all_(true) {}
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  // Writes the line and a newline, or keeps it until the reader has room.
  void write(const std::string& line);
  // How many bytes are kept.
  std::size_t pending() const { return pending_; }
  // Runs the poller until all is written, but for no longer than that. False if something is left.
  bool drain(core::Duration limit);

 private:
  void flush();
  int write_out();
  void wait_for_room();

  kube::Poller& poller_;
  int fd_;
  const Handler handler_{};
  const bool keeps_all_ = false;
  bool waiting_ = false;
  std::deque<std::string> lines_;
  std::size_t pending_ = 0;
};

}  // namespace elector::cmd
