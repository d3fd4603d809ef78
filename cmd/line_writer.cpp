#include "cmd/line_writer.h"

#include <cerrno>
#include <cstddef>

#include "cmd/unblocked.h"

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

void LineWriter::flush() {
  while (!lines_.empty()) {
    std::string& line = lines_.front();
    const ssize_t written = write_unblocked(fd_, line);
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
