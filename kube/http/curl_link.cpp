// SPDX-License-Identifier: Apache-2.0
// See curl_multi_socket_action(3) for libcurl's side of a link.
#include "kube/http/curl_link.h"

#include <unistd.h>

#include <cassert>
#include <chrono>
#include <utility>

namespace elector::kube {

CurlLink::CurlLink(Poller& poller, Progress progress)
    : poller_(poller), progress_(std::move(progress)), multi_(curl_multi_init()) {
  if (!multi_) return;
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlLink::on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlLink::on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 8L);
}

CurlLink::~CurlLink() {
  assert(transfers_ == 0);
  if (multi_) {
    // To close a TLS connection libcurl reads from it once more, and a peer that keeps sending
    // would make that another long turn.
    if (cut_off_) sockets_.disconnect();
    const Turn turn(sockets_);
    curl_multi_cleanup(multi_);  // still calls on_socket
  }
  poller_.cancel_timer(timer_);
}

Failure CurlLink::add(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, &CurlLink::on_work);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &CurlLink::on_close);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, &sockets_);
  if (!multi_ || curl_multi_add_handle(multi_, easy) != CURLM_OK) {
    return Error{Error::Kind::kSystem, "libcurl cannot begin a request: out of memory"};
  }
  ++transfers_;
  return {};
}

void CurlLink::remove(CURL* easy) {
  const Turn turn(sockets_);  // which may close its connection
  curl_multi_remove_handle(multi_, easy);
  cut_off_ = cut_off_ || Turn::over_time();
  --transfers_;
}

std::optional<CurlLink::Finished> CurlLink::next_finished() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg == CURLMSG_DONE) return Finished{message->easy_handle, message->data.result};
  }
  return std::nullopt;
}

int CurlLink::on_work(void*, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return Turn::over_time() ? 1 : 0;
}

int CurlLink::on_close(void* sockets, curl_socket_t socket) {
  static_cast<TurnSockets*>(sockets)->remove(socket);
  return ::close(socket);
}

int CurlLink::on_socket(CURL*, curl_socket_t socket, int what, void* self, void* known) {
  static_cast<CurlLink*>(self)->watch_socket(socket, what, known != nullptr);
  return 0;
}

void CurlLink::watch_socket(curl_socket_t socket, int what, bool known) {
  if (what == CURL_POLL_REMOVE) {
    poller_.remove(socket);
    return;
  }
  const std::uint32_t events =
      (what & CURL_POLL_IN ? EPOLLIN : 0U) | (what & CURL_POLL_OUT ? EPOLLOUT : 0U);
  if (known) {
    poller_.modify(socket, events);
    return;
  }
  const Failure failure = poller_.add(socket, events, [this, socket](std::uint32_t seen) {
    int action = 0;
    if (seen & EPOLLIN) action |= CURL_CSELECT_IN;
    if (seen & EPOLLOUT) action |= CURL_CSELECT_OUT;
    if (seen & (EPOLLERR | EPOLLHUP)) action |= CURL_CSELECT_ERR | CURL_CSELECT_IN;
    act(socket, action);
  });
  // If the kernel has no memory for one more descriptor, the transfer ends at its time limit.
  if (!failure) curl_multi_assign(multi_, socket, this);
}

int CurlLink::on_timer(CURLM*, long timeout_ms, void* self) {
  auto* const link = static_cast<CurlLink*>(self);
  link->poller_.cancel_timer(std::exchange(link->timer_, 0));
  if (timeout_ms < 0) return 0;
  link->timer_ = link->poller_.start_timer(std::chrono::milliseconds(timeout_ms), [link] {
    link->timer_ = 0;
    link->act(CURL_SOCKET_TIMEOUT, 0);
  });
  return 0;
}

void CurlLink::act(curl_socket_t socket, int events) {
  {
    const Turn turn(sockets_);
    int running = 0;
    curl_multi_socket_action(multi_, socket, events, &running);
    cut_off_ = cut_off_ || Turn::over_time();
  }
  progress_(*this);
}

}  // namespace elector::kube
