// SPDX-License-Identifier: Apache-2.0
// One request and its reply on one connection, with whatever was ordered to go wrong between them.
// While it has nothing to do its connection is suspended: libmicrohttpd then leaves it alone until
// resume().
#pragma once

#include <microhttpd.h>
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "tests/apiserver/server.h"
#include "tests/apiserver/timers.h"

namespace elector::tests::apiserver {

class HttpFront;

class Exchange {
 public:
  Exchange(HttpFront& front, MHD_Connection* connection);
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // The head has been read; then bytes of the body arrive; then the request is whole, and the
  // connection has been resumed (once or more). proceed() queues the reply or suspends; MHD_NO
  // closes the connection.
  void read_head(const char* url, const char* method);
  void read_body(const char* data, std::size_t size);
  MHD_Result proceed();

  // The peer has gone away while the connection was suspended.
  void hung_up();

 private:
  // What the request waits for.
  enum class Stage { kReading, kDelayed, kHung, kAnswering };

  MHD_Result begin();
  MHD_Result answer(Reply reply);
  ssize_t produce(char* buffer, std::size_t room);
  void suspend();
  void resume();
  void resume_in(std::chrono::milliseconds delay);

  HttpFront& front_;
  MHD_Connection* connection_;
  int socket_ = -1;
  Request request_;
  Call call_;
  Stage stage_ = Stage::kReading;
  std::optional<Reply> reply_;  // done already, to be sent after a delay
  bool suspended_ = false;
  bool gone_ = false;
  std::optional<Timers::Handle> timer_;

  // The reply as it is sent when it is not a plain buffer.
  std::shared_ptr<Watch> watch_;
  std::string pending_;
  std::size_t taken_ = 0;                 // bytes of pending_ that have gone out
  std::size_t sent_ = 0;                  // bytes of the body that have gone out
  std::optional<std::size_t> cut_after_;  // bytes of the body
  bool cut_in_first_event_ = false;
  bool corrupt_ = false;
  std::optional<std::chrono::milliseconds> byte_interval_;
  Clock::time_point next_byte_;
};

}  // namespace elector::tests::apiserver
