#include "cmd/line_writer.h"

#include <cerrno>
#include <cstddef>

#include "cmd/unblocked.h"

namespace elector::cmd {
namespace {

constexpr std::size_t kMaxLines = 4096;

}  // namespace

LineWriter::~LineWriter() {
  write_out();
  if (waiting_) poller_.remove(fd_);
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
  bool late = false;
  const auto timer = poller_.start_timer(limit, [&late] { late = true; });
  while (pending_ > 0 && !late) poller_.wait(std::nullopt);
  poller_.cancel_timer(timer);
  return pending_ == 0;
}

void LineWriter::flush() {
  const int error = write_out();
  wait_for_room();
  if (error != 0 && handler_.on_error) handler_.on_error(error);
  if (handler_.on_progress) handler_.on_progress();
}

// What there is room for. Returns why nothing can be written any more, by errno; 0 if it can.
int LineWriter::write_out() {
  while (!lines_.empty()) {
    std::string& line = lines_.front();
    const ssize_t written = write_unblocked(fd_, line);
    if (written < 0) {
      if (errno == EINTR || errno == EAGAIN) return 0;
      const int error = errno;
      lines_.clear();  // closed, or a full disk: nobody reads this
      pending_ = 0;
      return error;
    }
    line.erase(0, static_cast<std::size_t>(written));
    pending_ -= static_cast<std::size_t>(written);
    if (line.empty()) lines_.pop_front();
  }
  return 0;
}

void LineWriter::wait_for_room() {
  if (lines_.empty() == !waiting_) return;
  if (waiting_) {
    poller_.remove(fd_);
    waiting_ = false;
  } else {
    waiting_ = !poller_.add(fd_, EPOLLOUT, [this](std::uint32_t) { flush(); });
  }
}

}  // namespace elector::cmd
