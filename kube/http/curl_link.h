// SPDX-License-Identifier: Apache-2.0
// One libcurl multi handle on the Poller: a pool of connections to the API server, and the
// transfers on it.
//
// A link is what can be given up as a whole. libcurl offers no way to say "this connection is dead,
// do not use it again" while another transfer (a watch) still hangs on it, and over HTTP/2
// everything shares one connection. So after a timeout the client takes a new link, and the old one
// goes when its last transfer has gone.
#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <functional>
#include <optional>

#include "core/error.h"
#include "kube/base/poller.h"
#include "kube/http/turn_limit.h"

namespace elector::kube {

class CurlLink {
 public:
  // Called after libcurl has worked, outside of any libcurl callback: take what is finished with
  // next_finished(), look at what has been received. It must not destroy this link.
  using Progress = std::function<void(CurlLink& link)>;

  // The poller must outlive this.
  CurlLink(Poller& poller, Progress progress);
  // Closes the connections. No transfer may be on it any more.
  ~CurlLink();
  CurlLink(const CurlLink&) = delete;
  CurlLink& operator=(const CurlLink&) = delete;

  // Where transfers on this link note the sockets that they open; they are taken out on closing.
  TurnSockets& sockets() { return sockets_; }

  // Begins a transfer. Fails with kSystem.
  Failure add(CURL* easy);
  // Ends it, finished or not.
  void remove(CURL* easy);
  std::size_t transfers() const { return transfers_; }

  struct Finished {
    CURL* easy;
    CURLcode result;
  };
  // One transfer that has come to its end and is still to be removed.
  std::optional<Finished> next_finished();

  // Whether a turn was over its limit (kLongestTurn): a peer sends without end. What ends on this
  // link from then on may have ended by force, and it is not to be used again.
  bool cut_off() const { return cut_off_; }

 private:
  static int on_socket(CURL* easy, curl_socket_t socket, int what, void* self, void* known);
  static int on_timer(CURLM* multi, long timeout_ms, void* self);
  static int on_work(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
  static int on_close(void* sockets, curl_socket_t socket);
  void watch_socket(curl_socket_t socket, int what, bool known);
  void act(curl_socket_t socket, int events);

  Poller& poller_;
  Progress progress_;
  CURLM* multi_ = nullptr;
  Poller::TimerId timer_ = 0;
  std::size_t transfers_ = 0;
  TurnSockets sockets_;
  bool cut_off_ = false;
};

}  // namespace elector::kube
