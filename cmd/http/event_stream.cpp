#include "cmd/http/event_stream.h"

#include <microhttpd.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "cmd/http/limits.h"

namespace elector::cmd {
namespace {

// Proxies and clients give up on streams that are silent for longer (WHATWG HTML 9.2.7 asks for
// "every 15 seconds or so").
constexpr core::Duration kCommentEvery = std::chrono::seconds(15);

const std::shared_ptr<const std::string>& comment() {
  static const auto text = std::make_shared<const std::string>(":\n\n");
  return text;
}

}  // namespace

EventStream::EventStream(HttpServer& server, MHD_Connection* connection, HttpServer::Client& client,
                         const HttpServer::Source& source, std::string seen)
    : server_(server),
      connection_(connection),
      source_(source),
      fd_(client.fd),
      client_(&client),
      seen_(std::move(seen)),
      woken_(kube::boot_now()) {
  server_.streams_.push_back(this);
  client_->activity = HttpActivity::kStreaming;
  client_->stream = this;
}

EventStream::~EventStream() {
  if (suspended_) server_.poller_.remove(fd_);
  server_.streams_.remove(this);
  if (client_ != nullptr) client_->stream = nullptr;
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
  const HttpServer::SharedEvent event = server_.event(source_);
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
  if (pending_->size() > kConnectionMemory && client_ != nullptr) {
    server_.make_room_for_body(*client_);
  }
}

// A suspended connection costs nothing, but libmicrohttpd does not notice when its client leaves.
void EventStream::suspend() {
  suspended_ = true;
  MHD_suspend_connection(connection_);
  const auto failure = server_.poller_.add(fd_, EPOLLRDHUP, [this](std::uint32_t) { end(); });
  if (failure) end();
}

void EventStream::wake() {
  if (!std::exchange(suspended_, false)) return;
  server_.poller_.remove(fd_);
  woken_ = kube::boot_now();
  MHD_resume_connection(connection_);
  server_.run_soon(core::Duration(0));  // libmicrohttpd's descriptor does not report that
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
