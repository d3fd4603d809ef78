// SPDX-License-Identifier: Apache-2.0
// The answers of the sidecar's HTTP server, apart from its connections: maps paths to functions
// that give a page at once, and to the sources of streams of server-sent events.
//
// Connections share the texts that they are sent, so that 256 clients that ask for one page cost
// one.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace elector::cmd {

struct HttpReply {
  int status = 200;
  std::string content_type;
  std::string body;
};

// The event that a stream shows at one moment. A client that has seen `id` has seen `data`.
struct HttpEvent {
  std::string id;
  std::string data;  // one line
};

struct HttpRoutes {
  // Both are called in the loop and must not block. A page answers GET, HEAD and OPTIONS; for the
  // latter two without its body.
  using Page = std::function<HttpReply()>;
  using Source = std::function<HttpEvent()>;
  std::map<std::string, Page, std::less<>> pages;
  std::map<std::string, Source, std::less<>> streams;
  // If set, answers every other path and every other method, instead of 404 and 405.
  std::function<HttpReply(std::string_view path)> otherwise{};
  // Whether a listener on a loopback address refuses requests for other machines (421).
  bool checks_host = true;
};

inline constexpr const char* kEventStream = "text/event-stream";

// A text that several connections are sent. It lives until the last of them has read it.
using SharedText = std::shared_ptr<const std::string>;

struct SharedReply {
  int status = 200;
  std::string content_type;
  SharedText body;
};

struct SharedEvent {
  std::string id;
  SharedText text;  // in the form in which it is sent
};

// Returns a reply whose body gives the reason, in JSON.
SharedReply refusal(int status, const std::string& why);

class HttpAnswers {
 public:
  explicit HttpAnswers(HttpRoutes routes) : routes_(std::move(routes)) {}
  HttpAnswers(const HttpAnswers&) = delete;
  HttpAnswers& operator=(const HttpAnswers&) = delete;

  bool checks_host() const { return routes_.checks_host; }
  // Returns the source of the stream at that path, which lives as long as this; null for none.
  const HttpRoutes::Source* stream_at(std::string_view path) const;
  // Returns the answer to a request that does not begin a stream.
  SharedReply reply_to(const std::string& path, const std::string& method);
  SharedEvent event(const HttpRoutes::Source& source);
  // Call it once per turn of the loop: within a turn, a page and a source are called once.
  void begin_turn();

 private:
  SharedReply page(const std::string& path, const HttpRoutes::Page& page);
  SharedText share(const std::string& name, std::string text);

  const HttpRoutes routes_;
  std::map<std::string, std::weak_ptr<const std::string>, std::less<>> texts_;
  // What this turn of the loop has already shown.
  std::map<std::string, SharedReply, std::less<>> replies_;
  std::map<const HttpRoutes::Source*, SharedEvent> events_;
};

}  // namespace elector::cmd
