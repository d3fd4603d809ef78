// SPDX-License-Identifier: Apache-2.0
// One client of a stream of server-sent events: the body of an answer that does not end.
//
// It sends the state of its source, not every event in between: a client that reads slowly gets the
// latest event after the one it is reading, and nothing is queued for it.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "cmd/http/answers.h"
#include "core/time.h"
#include "kube/base/poller.h"

struct MHD_Connection;

namespace elector::cmd {

class EventStream {
 public:
  struct Handler {
    std::function<SharedEvent()> event;  // returns what the source shows now
    // The client has a text to read that takes more memory than a connection has anyway. Not called
    // once the client is gone.
    std::function<void()> on_long_text;
    // libmicrohttpd must run soon: its descriptor does not report that a connection was resumed.
    std::function<void()> run_soon;
    std::function<void(EventStream& stream)> on_end;  // from the destructor
  };

  // The poller must outlive this. `fd` is the connection's, which libmicrohttpd owns. seen:
  // Last-Event-ID, "" without one: an event that the client has seen is not sent again.
  EventStream(kube::Poller& poller, MHD_Connection* connection, int fd, std::string seen,
              Handler handler);
  ~EventStream();
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  // libmicrohttpd's MHD_ContentReaderCallback: fills the buffer, or suspends the connection until
  // there is something to send.
  static ssize_t read(void* self, std::uint64_t position, char* buffer, std::size_t size);

  // The text that its client has not fully read; shared with other clients that are sent the same.
  const SharedText& unread() const { return pending_; }
  // Checks the source again, if everything it had has been sent.
  void wake();
  // Ends the stream. As for wake(), the effect comes in the loop.
  void end();
  // Call it when the client is gone.
  void disconnected() { connected_ = false; }
  // Called as time passes: sends a comment when nothing else was sent for long, and cuts the
  // connection of a client that does not read.
  void sweep(core::BootTime now);

 private:
  ssize_t fill(char* buffer, std::size_t size);
  void take_next(core::BootTime now);
  void suspend();

  kube::Poller& poller_;
  MHD_Connection* connection_;
  const int fd_;
  const Handler handler_;
  std::string seen_;      // the id of the last event sent
  SharedText pending_;    // the text being sent
  std::size_t sent_ = 0;  // bytes of it
  core::BootTime last_sent_{};
  core::BootTime woken_{};
  bool connected_ = true;
  bool suspended_ = false;
  bool ended_ = false;
  bool comment_due_ = true;  // the first one opens the stream even if nothing is new
};

}  // namespace elector::cmd
