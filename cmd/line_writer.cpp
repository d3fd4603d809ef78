#include "cmd/line_writer.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstddef>

namespace elector::cmd {
namespace {

constexpr std::size_t kMaxLines = 4096;

}  // namespace

LineWriter::~LineWriter() {
  flush();
  if (waiting_) poller_.remove(fd_);
}

void LineWriter::write(const std::string& line) {
  if (lines_.size() == kMaxLines) lines_.pop_front();
  lines_.push_back(line + "\n");
  flush();
}

// Up to PIPE_BUF bytes do not block where poll(2) reports room: a pipe then has a free page
// (pipe(7)), files always have, and terminals take what they can.
bool LineWriter::has_room() const {
  pollfd ask{.fd = fd_, .events = POLLOUT, .revents = 0};
  return ::poll(&ask, 1, 0) == 1;
}

void LineWriter::flush() {
  while (!lines_.empty() && has_room()) {
    std::string& line = lines_.front();
    const std::size_t size = std::min<std::size_t>(line.size(), PIPE_BUF);
    const ssize_t written = ::write(fd_, line.data(), size);
    if (written < 0) {
      if (errno == EINTR || errno == EAGAIN) break;
      lines_.clear();  // closed, or a full disk: nobody reads this
      break;
    }
    line.erase(0, static_cast<std::size_t>(written));
    if (line.empty()) lines_.pop_front();
  }
  if (lines_.empty() == !waiting_) return;
  if (waiting_) {
    poller_.remove(fd_);
    waiting_ = false;
  } else {
    waiting_ = !poller_.add(fd_, EPOLLOUT, [this](std::uint32_t) { flush(); });
  }
}

}  // namespace elector::cmd
