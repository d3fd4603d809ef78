// SPDX-License-Identifier: Apache-2.0
#include "cmd/http/event_stream.h"

#include <microhttpd.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <chrono>
#include <memory>
#include <utility>

#include "cmd/http/limits.h"

namespace elector::cmd {
namespace {

// Proxies and clients give up on streams that are silent for longer (WHATWG HTML 9.2.7 asks for
// "every 15 seconds or so").
constexpr core::Duration kCommentEvery = std::chrono::seconds(15);

const SharedText& comment() {
  static const auto text = std::make_shared<const std::string>(":\n\n");
  return text;
}

}  // namespace

EventStream::EventStream(kube::Poller& poller, MHD_Connection* connection, int fd, std::string seen,
                         Handler handler)
    : poller_(poller),
      connection_(connection),
      fd_(fd),
      handler_(std::move(handler)),
      seen_(std::move(seen)),
      woken_(kube::boot_now()) {}

EventStream::~EventStream() {
  if (suspended_) poller_.remove(fd_);
  handler_.on_end(*this);
}

ssize_t EventStream::read(void* self, std::uint64_t, char* buffer, std::size_t size) {
  return static_cast<EventStream*>(self)->fill(buffer, size);
}

ssize_t EventStream::fill(char* buffer, std::size_t size) {
  if (ended_) return MHD_CONTENT_READER_END_OF_STREAM;
  if (!pending_) take_next(kube::boot_now());
  if (!pending_) {
    suspend();
    return 0;
  }
  const std::size_t count = pending_->copy(buffer, size, sent_);
  sent_ += count;
  if (sent_ == pending_->size()) pending_.reset();
  return static_cast<ssize_t>(count);
}

void EventStream::take_next(core::BootTime now) {
  const SharedEvent event = handler_.event();
  if (event.id != seen_) {
    pending_ = event.text;
    seen_ = event.id;
  } else if (comment_due_) {
    pending_ = comment();
  } else {
    return;
  }
  sent_ = 0;
  comment_due_ = false;
  last_sent_ = now;
  if (pending_->size() > kConnectionMemory && connected_) handler_.on_long_text();
}

// A suspended connection costs nothing, but libmicrohttpd does not notice when its client leaves.
void EventStream::suspend() {
  suspended_ = true;
  MHD_suspend_connection(connection_);
  const auto failure = poller_.add(fd_, EPOLLRDHUP, [this](std::uint32_t) { end(); });
  if (failure) end();
}

void EventStream::wake() {
  if (!std::exchange(suspended_, false)) return;
  poller_.remove(fd_);
  woken_ = kube::boot_now();
  MHD_resume_connection(connection_);
  handler_.run_soon();
}

void EventStream::end() {
  ended_ = true;
  wake();
}

void EventStream::sweep(core::BootTime now) {
  if (suspended_) {
    if (now - last_sent_ < kCommentEvery) return;
    comment_due_ = true;
    wake();
  } else if (now - woken_ >= kRequestLimit) {
    ::shutdown(fd_, SHUT_RDWR);
  }
}

}  // namespace elector::cmd
