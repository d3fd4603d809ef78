// SPDX-License-Identifier: Apache-2.0
#include "cmd/output/line_writer.h"

#include <cerrno>
#include <cstddef>
#include <utility>

#include "cmd/output/nonblocking_write.h"

namespace elector::cmd {
namespace {

constexpr std::size_t kMaxLines = 4096;

}  // namespace

LineWriter::LineWriter(kube::Poller& poller, int fd, Handler handler)
    : poller_(poller), fd_(fd), handler_(std::move(handler)), keeps_all_(true) {
  watch_output();
}

LineWriter::~LineWriter() {
  write_out();
  if (watched_) poller_.remove(fd_);
}

void LineWriter::write(const std::string& line) {
  if (!keeps_all_ && lines_.size() == kMaxLines) {
    pending_ -= lines_.front().size();
    lines_.pop_front();
  }
  lines_.push_back(line + "\n");
  pending_ += lines_.back().size();
  flush();
}

bool LineWriter::drain(core::Duration limit) {
  poller_.run_until([this] { return pending_ == 0; }, limit);
  return pending_ == 0;
}

void LineWriter::flush() {
  const int error = write_out();
  gone_ |= error != 0;
  watch_output();
  if (error != 0 && handler_.on_error) handler_.on_error(error);
  if (handler_.on_progress) handler_.on_progress();
}

// Writes what there is room for. Returns the errno if nothing can be written any more, otherwise 0.
int LineWriter::write_out() {
  while (!lines_.empty()) {
    std::string& line = lines_.front();
    const ssize_t written = write_unblocked(fd_, line);
    if (written < 0) {
      if (errno == EINTR || errno == EAGAIN) return 0;
      const int error = errno;
      lines_.clear();  // closed, or a full disk: they cannot be delivered
      pending_ = 0;
      return error;
    }
    line.erase(0, static_cast<std::size_t>(written));
    pending_ -= static_cast<std::size_t>(written);
    if (line.empty()) lines_.pop_front();
  }
  return 0;
}

// While there are lines, watches for room; otherwise, if every line counts, for the reader's end,
// which epoll(7) reports without being asked. What cannot be watched is a file, which always has
// room.
void LineWriter::watch_output() {
  std::optional<std::uint32_t> wanted;
  if (!lines_.empty()) {
    wanted = EPOLLOUT;
  } else if (keeps_all_ && !gone_) {
    wanted = 0;
  }
  if (wanted == watched_) return;
  if (!wanted) {
    poller_.remove(fd_);
  } else if (watched_) {
    poller_.modify(fd_, *wanted);
  } else if (poller_.add(fd_, *wanted, [this](std::uint32_t events) { on_event(events); })) {
    return;
  }
  watched_ = wanted;
}

void LineWriter::on_event(std::uint32_t events) {
  if (!lines_.empty()) return flush();
  if ((events & (EPOLLERR | EPOLLHUP)) == 0) return;
  gone_ = true;
  watch_output();
  if (handler_.on_error) handler_.on_error(EPIPE);
}

}  // namespace elector::cmd
