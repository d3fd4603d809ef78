// One client of a stream of server-sent events: the body of an answer that does not end.
//
// It sends the state of its source, not every event in between: a client that reads slowly gets the
// latest event after the one it is reading, and nothing is queued for it.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>

#include "cmd/http/server.h"
#include "core/time.h"

namespace elector::cmd {

class EventStream {
 public:
  // `source` and `server` must outlive this. seen: Last-Event-ID, "" without one: an event that the
  // client has seen is not sent again.
  EventStream(HttpServer& server, MHD_Connection* connection, HttpServer::Client& client,
              const HttpServer::Source& source, std::string seen);
  ~EventStream();
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  // libmicrohttpd's MHD_ContentReaderCallback: fills the buffer, or suspends the connection until
  // there is something to send.
  static ssize_t read(void* self, std::uint64_t position, char* buffer, std::size_t size);

  // The text that its client has not fully read; shared with other clients that are sent the same.
  const HttpServer::Text& unread() const { return pending_; }
  // Checks the source again, if everything it had has been sent.
  void wake();
  // Ends the stream. As for wake(), the effect comes in the loop.
  void end();
  // Called when the connection is gone and its Client is about to go.
  void disconnected() { client_ = nullptr; }
  // Called as time passes: sends a comment when nothing else was sent for long, and cuts the
  // connection of a client that does not read.
  void sweep(core::BootTime now);

 private:
  ssize_t fill(char* buffer, std::size_t size);
  void take_next(core::BootTime now);
  void suspend();

  HttpServer& server_;
  MHD_Connection* connection_;
  const HttpServer::Source& source_;
  const int fd_;
  HttpServer::Client* client_;  // null once the connection is gone
  std::string seen_;            // the id of the last event sent
  HttpServer::Text pending_;    // the text being sent
  std::size_t sent_ = 0;        // bytes of it
  core::BootTime last_sent_{};
  core::BootTime woken_{};
  bool suspended_ = false;
  bool ended_ = false;
  bool comment_due_ = true;  // the first one opens the stream even if nothing is new
};

}  // namespace elector::cmd
