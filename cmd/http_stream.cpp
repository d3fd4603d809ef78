// See http_stream.h.
#include "cmd/http_stream.h"

#include <microhttpd.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "cmd/http_limits.h"

namespace elector::cmd {
namespace {

// Proxies and clients give up on streams that say nothing for longer (WHATWG HTML 9.2.7 asks for
// "every 15 seconds or so").
constexpr core::Duration kCommentEvery = std::chrono::seconds(15);

int descriptor_of(MHD_Connection* connection) {
  return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

}  // namespace

HttpStream::HttpStream(HttpServer& server, MHD_Connection* connection,
                       const HttpServer::Source& source, std::string seen)
    : server_(server),
      connection_(connection),
      source_(source),
      fd_(descriptor_of(connection)),
      seen_(std::move(seen)),
      woken_(kube::boot_now()) {
  server_.streams_.push_back(this);
}

HttpStream::~HttpStream() {
  if (suspended_) server_.poller_.remove(fd_);
  server_.streams_.remove(this);
}

ssize_t HttpStream::read(void* self, std::uint64_t, char* buffer, std::size_t size) {
  return static_cast<HttpStream*>(self)->fill(buffer, size);
}

ssize_t HttpStream::fill(char* buffer, std::size_t size) {
  if (ended_) return MHD_CONTENT_READER_END_OF_STREAM;
  if (pending_.empty()) take_next(kube::boot_now());
  if (pending_.empty()) {
    suspend();
    return 0;
  }
  const std::size_t count = pending_.copy(buffer, size);
  pending_.erase(0, count);
  return static_cast<ssize_t>(count);
}

void HttpStream::take_next(core::BootTime now) {
  const HttpEvent event = source_();
  if (event.id != seen_) {
    pending_ = "id: " + event.id + "\ndata: " + event.data + "\n\n";
    seen_ = event.id;
  } else if (comment_due_) {
    pending_ = ":\n\n";
  } else {
    return;
  }
  comment_due_ = false;
  last_sent_ = now;
}

// A suspended connection costs nothing; but libmicrohttpd does not see its client leave.
void HttpStream::suspend() {
  suspended_ = true;
  MHD_suspend_connection(connection_);
  const auto failure = server_.poller_.add(fd_, EPOLLRDHUP, [this](std::uint32_t) { end(); });
  if (failure) end();
}

void HttpStream::wake() {
  if (!std::exchange(suspended_, false)) return;
  server_.poller_.remove(fd_);
  woken_ = kube::boot_now();
  MHD_resume_connection(connection_);
  server_.run_soon(core::Duration(0));  // its own descriptor does not tell of that
}

void HttpStream::end() {
  ended_ = true;
  wake();
}

void HttpStream::sweep(core::BootTime now) {
  if (suspended_) {
    if (now - last_sent_ < kCommentEvery) return;
    comment_due_ = true;
    wake();
  } else if (now - woken_ >= kRequestLimit) {
    ::shutdown(fd_, SHUT_RDWR);
  }
}

}  // namespace elector::cmd
