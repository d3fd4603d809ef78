// Lines to standard output, in order and at once, without ever blocking the loop: a reader that
// stalls must not cost a lease, nor keep a signal waiting.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
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
    // It cannot be written, by errno; what was kept is gone. EPIPE also as soon as a reader has
    // gone, before there is anything to write.
    std::function<void(int error)> on_error;
  };

  // Writes to `fd`, which stays the caller's. The poller must outlive this. Of a reader that never
  // reads, the oldest lines are forgotten. A closed output is ignored.
  LineWriter(kube::Poller& poller, int fd) : poller_(poller), fd_(fd) {}
  // Forgets no line: the caller, whom the handler tells, brings no more of them than it wants kept.
  LineWriter(kube::Poller& poller, int fd, Handler handler);
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
  void watch_output();
  void on_event(std::uint32_t events);

  kube::Poller& poller_;
  int fd_;
  const Handler handler_{};
  const bool keeps_all_ = false;
  bool gone_ = false;                       // the reader, or the room
  std::optional<std::uint32_t> watched_{};  // for which events of the output the poller looks
  std::deque<std::string> lines_;
  std::size_t pending_ = 0;
};

}  // namespace elector::cmd
