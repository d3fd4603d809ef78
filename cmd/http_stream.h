// One client of a stream of server-sent events: the body of an answer that does not end.
//
// It shows what its source shows, not every event on the way: a client that reads slowly gets the
// latest when it has read the one before, and nothing is queued for it.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>

#include "cmd/http_server.h"
#include "core/time.h"

namespace elector::cmd {

class HttpStream {
 public:
  // `source` and `server` must outlive this. seen: Last-Event-ID, "" without one: an
  // event that the client has seen is not sent again.
  HttpStream(HttpServer& server, MHD_Connection* connection, HttpServer::Client& client,
             const HttpServer::Source& source, std::string seen);
  ~HttpStream();
  HttpStream(const HttpStream&) = delete;
  HttpStream& operator=(const HttpStream&) = delete;

  // libmicrohttpd's MHD_ContentReaderCallback: fills the buffer, or suspends the connection until
  // there is something to say.
  static ssize_t read(void* self, std::uint64_t position, char* buffer, std::size_t size);

  // What its client has not read to the end; shared with others that are sent the same.
  const HttpServer::Text& unread() const { return pending_; }
  // Looks at the source again, if all that it had to say is sent.
  void wake();
  // Ends the stream. As wake(), it takes effect in the loop.
  void end();
  // The connection is gone, and its Client goes.
  void disconnected() { client_ = nullptr; }
  // Time has passed: sends a comment when nothing else was sent for long, and cuts the connection
  // of a client that does not read.
  void sweep(core::BootTime now);

 private:
  ssize_t fill(char* buffer, std::size_t size);
  void take_next(core::BootTime now);
  void suspend();

  HttpServer& server_;
  MHD_Connection* connection_;
  const HttpServer::Source& source_;
  const int fd_;
  HttpServer::Client* client_;  // none once the connection is gone
  std::string seen_;            // the id of the last event sent
  HttpServer::Text pending_;    // what is being sent
  std::size_t sent_ = 0;        // of it
  core::BootTime last_sent_{};
  core::BootTime woken_{};
  bool suspended_ = false;
  bool ended_ = false;
  bool comment_due_ = true;  // a first one opens the stream also where nothing is new
};

}  // namespace elector::cmd
