// SPDX-License-Identifier: Apache-2.0
// One request and its reply.
#include "tests/apiserver/exchange.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "tests/apiserver/http.h"
#include "tests/apiserver/tls_peer.h"

namespace elector::tests::apiserver {
namespace {

constexpr std::size_t kBodyKept = 3'145'729;  // one more than accepted: the answer is 413
constexpr std::size_t kBlock = 16'384;
// Neither JSON nor UTF-8.
constexpr std::string_view kGarbage = "{\"kind\":\"Lea\xff\xfe<<<garbage>>>\n";

MHD_Result collect(void* into, enum MHD_ValueKind /*kind*/, const char* key, const char* value) {
  static_cast<std::vector<std::pair<std::string, std::string>>*>(into)->emplace_back(
      key, value == nullptr ? "" : value);
  return MHD_YES;
}

}  // namespace

Exchange::Exchange(HttpFront& front, MHD_Connection* connection)
    : front_(front), connection_(connection) {
  const MHD_ConnectionInfo* info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  if (info != nullptr) socket_ = info->connect_fd;
}

Exchange::~Exchange() {
  if (watch_ != nullptr) watch_->wake = nullptr;
  if (timer_) front_.timers_.cancel(*timer_);
  front_.forget(socket_);
}

void Exchange::read_head(const char* url, const char* method) {
  request_.path = url;
  request_.method = method;
  MHD_get_connection_values(connection_, MHD_GET_ARGUMENT_KIND, &collect, &request_.query);
  MHD_get_connection_values(connection_, MHD_HEADER_KIND, &collect, &request_.headers);
  if (!front_.options_.client_authority.empty()) request_.certificate = peer_identity(connection_);
}

void Exchange::read_body(const char* data, std::size_t size) {
  const std::size_t room = kBodyKept - request_.body.size();
  request_.body.append(data, std::min(size, room));
}

MHD_Result Exchange::proceed() {
  if (gone_) return MHD_NO;
  switch (stage_) {
    case Stage::kReading:
      return begin();
    case Stage::kDelayed:
      return answer(reply_ ? std::move(*reply_) : front_.server_.finish(call_));
    case Stage::kHung:
    case Stage::kAnswering:
      break;
  }
  return MHD_NO;
}

MHD_Result Exchange::begin() {
  call_ = front_.server_.begin(std::move(request_));
  if (call_.answer) return answer(std::move(*call_.answer));
  if (!call_.fault) return answer(front_.server_.finish(call_));
  const Fault& fault = *call_.fault;
  switch (fault.action) {
    case FaultAction::kDelay:
      if (fault.apply) reply_ = front_.server_.finish(call_);
      stage_ = Stage::kDelayed;
      resume_in(fault.delay);
      return MHD_YES;
    case FaultAction::kHang:
      if (fault.apply) front_.server_.finish(call_);
      stage_ = Stage::kHung;
      suspend();
      return MHD_YES;
    case FaultAction::kLose:
      front_.server_.finish(call_);
      return MHD_NO;
    case FaultAction::kDrop:
      if (fault.apply) front_.server_.finish(call_);
      return MHD_NO;
    case FaultAction::kStatus:
      if (fault.apply) front_.server_.finish(call_);
      return answer(front_.server_.fault_reply(call_));
    case FaultAction::kStale:
    case FaultAction::kCut:
    case FaultAction::kCorrupt:
    case FaultAction::kThrottle:
    case FaultAction::kClock:
      break;
  }
  Reply reply = front_.server_.finish(call_);
  const std::size_t half = reply.body.size() / 2;
  if (fault.action == FaultAction::kCut) {
    cut_in_first_event_ = fault.bytes < 0 && reply.watch != nullptr;
    cut_after_ = fault.bytes < 0 ? half : static_cast<std::size_t>(fault.bytes);
  }
  if (fault.action == FaultAction::kThrottle) byte_interval_ = fault.interval;
  corrupt_ = fault.action == FaultAction::kCorrupt;
  return answer(std::move(reply));
}

MHD_Result Exchange::answer(Reply reply) {
  stage_ = Stage::kAnswering;
  MHD_Response* response = nullptr;
  if (corrupt_ && reply.watch == nullptr) reply.body = kGarbage;
  const bool streamed = reply.watch != nullptr || cut_after_ || byte_interval_;
  if (streamed) {
    watch_ = reply.watch;
    pending_ = reply.body;
    if (watch_ != nullptr) watch_->wake = [this] { resume(); };
    response = MHD_create_response_from_callback(
        watch_ != nullptr ? MHD_SIZE_UNKNOWN : static_cast<std::uint64_t>(reply.body.size()),
        kBlock,
        [](void* self, std::uint64_t, char* buffer, std::size_t room) {
          return static_cast<Exchange*>(self)->produce(buffer, room);
        },
        this, nullptr);
  } else {
    response = MHD_create_response_from_buffer(reply.body.size(), reply.body.data(),
                                               MHD_RESPMEM_MUST_COPY);
  }
  if (response == nullptr) return MHD_NO;
  MHD_add_response_header(response, "Content-Type", reply.type.c_str());
  MHD_add_response_header(response, "Cache-Control", "no-cache, private");
  for (const auto& [name, value] : reply.headers) {
    MHD_add_response_header(response, name.c_str(), value.c_str());
  }
  const MHD_Result queued = MHD_queue_response(connection_, reply.code, response);
  MHD_destroy_response(response);
  return queued;
}

// libmicrohttpd asks for the next bytes of a streamed body. 0 is allowed only after suspending.
ssize_t Exchange::produce(char* buffer, std::size_t room) {
  if (gone_) return MHD_CONTENT_READER_END_WITH_ERROR;
  if (watch_ != nullptr) {
    std::string news = watch_->take();
    if (corrupt_ && !news.empty()) news = kGarbage;
    if (taken_ == pending_.size()) {
      pending_ = std::move(news);
      taken_ = 0;
    } else {
      pending_ += news;
    }
    if (cut_in_first_event_ && !pending_.empty()) {
      cut_in_first_event_ = false;
      cut_after_ = pending_.size() / 2;
    }
  }
  std::size_t size = std::min(room, pending_.size() - taken_);
  if (cut_after_ && !cut_in_first_event_) {
    if (sent_ >= *cut_after_) return MHD_CONTENT_READER_END_WITH_ERROR;
    size = std::min(size, *cut_after_ - sent_);
  }
  if (size == 0) {
    if (watch_ == nullptr || watch_->ended()) return MHD_CONTENT_READER_END_OF_STREAM;
    suspend();
    return 0;
  }
  if (byte_interval_) {
    const Clock::time_point now = Clock::now();
    if (sent_ > 0 && now < next_byte_) {
      resume_in(std::chrono::ceil<std::chrono::milliseconds>(next_byte_ - now));
      return 0;
    }
    next_byte_ = now + *byte_interval_;
    size = 1;
  }
  std::memcpy(buffer, pending_.data() + taken_, size);
  taken_ += size;
  sent_ += size;
  return static_cast<ssize_t>(size);
}

void Exchange::suspend() {
  if (suspended_) return;
  suspended_ = true;
  // A suspended connection is not read, so the library would not notice its end.
  front_.watch_for_hangup(socket_, this);
  MHD_suspend_connection(connection_);
}

void Exchange::resume() {
  if (!suspended_) return;
  suspended_ = false;
  if (timer_) front_.timers_.cancel(*timer_);
  timer_.reset();
  MHD_resume_connection(connection_);
}

void Exchange::resume_in(std::chrono::milliseconds delay) {
  suspend();
  timer_ = front_.timers_.add(Clock::now() + delay, [this] {
    timer_.reset();
    resume();
  });
}

void Exchange::hung_up() {
  gone_ = true;
  resume();
}

}  // namespace elector::tests::apiserver
