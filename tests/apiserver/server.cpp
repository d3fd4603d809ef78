// SPDX-License-Identifier: Apache-2.0
// One test API server without its sockets.
#include "tests/apiserver/server.h"

#include <strings.h>

#include <array>
#include <ctime>
#include <utility>
#include <vector>

#include "tests/apiserver/control.h"
#include "tests/apiserver/discovery.h"
#include "tests/apiserver/protobuf.h"
#include "tests/apiserver/selector.h"
#include "tests/apiserver/status.h"

namespace elector::tests::apiserver {
namespace {

constexpr std::size_t kMaxBody = 3'145'728;  // bytes, as the real server

// The name that a collection request is about: a POST gives it in its body.
std::string created_name(const Request& request) {
  const std::optional<Json> body = parse_json(request.body);
  return body ? text_at(*body, {"metadata", "name"}) : std::string();
}

// The name that a list or watch is narrowed to. The real server authorizes by it, so that a role
// limited by resourceNames may watch that object.
std::string selected_name(const Request& request, const Target& target) {
  if (target.resource == nullptr) return {};
  auto selector = Selector::parse(*target.resource, request.parameter("fieldSelector"), "");
  const auto* parsed = std::get_if<Selector>(&selector);
  return parsed == nullptr ? std::string() : parsed->name();
}

// A protobuf body becomes the JSON that the rest understands; one that cannot be read is left for
// its 415.
void translate_body(Request& request) {
  for (auto& [name, value] : request.headers) {
    if (strcasecmp(name.c_str(), "Content-Type") != 0 || value != kProtobufType) continue;
    if (std::optional<std::string> json = protobuf_to_json(request.body)) {
      request.body = std::move(*json);
      value = "application/json";
    }
  }
}

// The time that far from now, as in RFC 9110 5.6.7.
std::string date_text(std::chrono::seconds offset) {
  const std::time_t at = std::time(nullptr) + offset.count();
  std::tm tm{};
  ::gmtime_r(&at, &tm);
  std::array<char, 40> text{};
  std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &tm);
  return text.data();
}

}  // namespace

Server::Server(const ServerOptions& options)
    : options_(options),
      store_(options.history, options.state_file.empty() ? nullptr : &journal_),
      hub_(store_, options.bookmark_interval),
      api_(store_, hub_) {
  store_.on_event = [this](const Event& event) { hub_.publish(event); };
}

std::string Server::start() {
  if (!options_.state_file.empty()) {
    std::vector<std::string> lines;
    std::string error;
    if (!journal_.open(options_.state_file, &lines, &error)) return error;
    const std::size_t read = store_.restore(lines);
    if (read != lines.size()) {
      return "the state file " + options_.state_file + " is broken in line " +
             std::to_string(read + 1);
    }
  }
  const Resource& namespaces = *find_resource("", "v1", "namespaces");
  Crud crud(store_);
  for (const char* name : {"default", "kube-node-lease", "kube-public", "kube-system"}) {
    if (store_.get({&namespaces, "", name}) != nullptr) continue;
    crud.create(namespaces, "",
                "{\"metadata\":{\"name\":\"" + std::string(name) +
                    R"("},"spec":{"finalizers":["kubernetes"]},"status":{"phase":"Active"}})",
                {false, "system:apiserver"});
  }
  return {};
}

Call Server::begin(Request request) {
  Call call;
  if (request.path.starts_with("/_control/")) {
    call.answer = Control(*this).serve(request);
    call.target.path = request.path;
    call.request = std::move(request);
    return call;
  }
  translate_body(request);
  call.target = parse_target(request.method, request.path, request.wants_watch());
  const Target& target = call.target;
  std::string known_name = target.name;
  if (target.verb == "list" || target.verb == "watch") known_name = selected_name(request, target);
  call.name = target.verb == "create" ? created_name(request) : known_name;
  const auto settle = [&](Reply reply) {
    count(call, reply.code);
    call.answer = std::move(reply);
    call.request = std::move(request);
    return std::move(call);
  };
  auto real = auth_.authenticate(request);
  if (auto* reply = std::get_if<Reply>(&real)) return settle(std::move(*reply));
  auto acting = auth_.impersonate(request, std::get<Identity>(real));
  if (auto* reply = std::get_if<Reply>(&acting)) return settle(std::move(*reply));
  const Identity& identity = std::get<Identity>(acting);
  call.user = identity.user;
  if (const auto refused = auth_.authorize(identity, target, known_name)) {
    return settle(status_reply(*refused));
  }
  if (request.body.size() > kMaxBody) {
    return settle(status_reply(
        plain_status(413, "RequestEntityTooLarge", "Request entity too large: limit is 3145728")));
  }
  call.fault = faults_.strike({counter_verb(target), target.verb, target.plural, target.ns,
                               call.name, call.user, request.path});
  call.request = std::move(request);
  return call;
}

Reply Server::finish(const Call& call) {
  Reply reply = serve(call);
  if (call.fault && call.fault->action == FaultAction::kClock) {
    reply.headers.emplace_back("Date", date_text(call.fault->offset));
  }
  count(call, reply.code);
  return reply;
}

Reply Server::serve(const Call& call) {
  const Target& target = call.target;
  if (target.is_resource) {
    if (target.resource == nullptr) return status_reply(no_such_path());
    const bool stale = call.fault && call.fault->action == FaultAction::kStale;
    Reply reply = api_.serve(call.request, target, call.user, stale);
    if (const std::string_view text = target.resource->deprecation; !text.empty()) {
      reply.headers.emplace_back("Warning", "299 - \"" + std::string(text) + "\"");
    }
    return reply;
  }
  if (target.verb == "get" || target.verb == "head") {
    if (auto reply = discover(call.request.path, address_)) return *reply;
  }
  Reply reply;
  reply.code = 404;
  reply.type = "text/plain; charset=utf-8";
  reply.body = "404 page not found\n";
  return reply;
}

Reply Server::fault_reply(const Call& call) {
  const Fault& fault = *call.fault;
  Status status =
      plain_status(fault.code, fault.reason,
                   fault.message.empty() ? "a fault that was asked for" : fault.message);
  status.retry_after = fault.retry_after;
  status.bare = fault.retry_after == 0;
  Reply reply = status_reply(status);
  count(call, reply.code);
  return reply;
}

Reply Server::handle(Request request) {
  const Call call = begin(std::move(request));
  return call.answer ? *call.answer : finish(call);
}

void Server::count(const Call& call, unsigned code) {
  const std::string resource = call.target.is_resource ? call.target.plural : "-";
  ++counters_[{resource, counter_verb(call.target), code}];
}

}  // namespace elector::tests::apiserver
