// SPDX-License-Identifier: Apache-2.0
#include "cmd/http/answers.h"

#include "kube/base/json_text.h"

namespace elector::cmd {
namespace {

constexpr const char* kJson = "application/json";

}  // namespace

SharedReply refusal(int status, const std::string& why) {
  return {status, kJson,
          std::make_shared<const std::string>("{\"message\":" + kube::json::quote(why) + "}")};
}

const HttpRoutes::Source* HttpAnswers::stream_at(std::string_view path) const {
  const auto found = routes_.streams.find(path);
  return found == routes_.streams.end() ? nullptr : &found->second;
}

void HttpAnswers::begin_turn() {
  replies_.clear();
  events_.clear();
}

// Connections that are sent the same text share it: those that ask in one turn of the loop, and
// those that still read an equal one.
SharedText HttpAnswers::share(const std::string& name, std::string text) {
  std::weak_ptr<const std::string>& last = texts_[name];
  if (SharedText earlier = last.lock(); earlier && *earlier == text) return earlier;
  SharedText shared = std::make_shared<const std::string>(std::move(text));
  last = shared;
  return shared;
}

SharedReply HttpAnswers::page(const std::string& path, const HttpRoutes::Page& page) {
  if (const auto shown = replies_.find(path); shown != replies_.end()) return shown->second;
  HttpReply reply = page();
  return replies_[path] = {reply.status, std::move(reply.content_type),
                           share(path, std::move(reply.body))};
}

SharedEvent HttpAnswers::event(const HttpRoutes::Source& source) {
  SharedEvent& shared = events_[&source];
  if (shared.text) return shared;
  HttpEvent event = source();
  shared.id = std::move(event.id);
  std::string text = "id: " + shared.id + "\ndata: ";
  text.reserve(text.size() + event.data.size() + 2);
  text.append(event.data).append("\n\n");
  shared.text = std::make_shared<const std::string>(std::move(text));
  return shared;
}

SharedReply HttpAnswers::reply_to(const std::string& path, const std::string& method) {
  const auto nothing = [](const char* type) {
    return SharedReply{200, type, std::make_shared<const std::string>()};
  };
  if (method == "OPTIONS" && path == "*") return nothing(kJson);
  const auto found = routes_.pages.find(path);
  const bool streams = routes_.streams.contains(path);
  const bool exists = found != routes_.pages.end() || streams;
  const bool allowed = method == "GET" || method == "HEAD" || method == "OPTIONS";
  if (routes_.otherwise && (!exists || !allowed)) {
    HttpReply reply = routes_.otherwise(path);
    return {reply.status, std::move(reply.content_type), share("", std::move(reply.body))};
  }
  if (!exists) return refusal(404, "no such page: " + path);
  if (!allowed) return refusal(405, "method not allowed: use GET, HEAD or OPTIONS");
  if (streams && method == "GET") return refusal(503, "too many /watch streams are open");
  SharedReply reply = streams ? nothing(kEventStream) : page(path, found->second);
  if (method == "OPTIONS") reply.body = std::make_shared<const std::string>();
  return reply;
}

}  // namespace elector::cmd
