// SPDX-License-Identifier: Apache-2.0
// The paths under /_control.
#include "tests/apiserver/control.h"

#include <cstddef>
#include <string>

#include "tests/apiserver/server.h"

namespace elector::tests::apiserver {
namespace {

Reply text(unsigned code, const std::string& body) {
  Reply reply;
  reply.code = code;
  reply.type = "text/plain; charset=utf-8";
  reply.body = body;
  return reply;
}

// Runs use on the parsed body; use returns "" or what is wrong.
template <typename Use>
Reply with_json(const Request& request, Use&& use) {
  std::string error;
  const std::optional<Json> json = parse_json(request.body, &error);
  if (json) error = use(*json);
  return error.empty() ? text(200, "ok\n") : text(400, error + "\n");
}

}  // namespace

Reply Control::serve(const Request& request) {
  const std::string what = request.path.substr(std::string("/_control/").size());
  if (what == "faults") return faults(request);
  if (what == "watches") return watches(request);
  if (what == "requests") return requests(request);
  if (what == "log") return log(request);
  if (what == "version") return text(200, std::to_string(server_.store_.version()) + "\n");
  if (what == "compact" && request.method == "POST") {
    server_.store_.compact();
    return text(200, "ok\n");
  }
  if (what == "tokens" && request.method == "POST") {
    return with_json(request, [&](const Json& json) { return server_.auth_.apply(json); });
  }
  return text(404, "no such control: " + request.method + " " + request.path + "\n");
}

Reply Control::faults(const Request& request) {
  if (request.method == "POST") {
    return with_json(request, [&](const Json& json) { return server_.faults_.add(json); });
  }
  if (request.method == "DELETE") {
    server_.faults_.clear();
    return text(200, "ok\n");
  }
  Reply reply;
  reply.body = server_.faults_.describe() + "\n";
  return reply;
}

Reply Control::watches(const Request& request) {
  if (request.method != "POST") return text(200, server_.hub_.describe());
  const int met = server_.hub_.act(request.parameter("action"), request.parameter("resource"),
                                   request.parameter("user"));
  if (met < 0) return text(400, "action is one of end, stall, resume, replay, gone\n");
  return text(200, std::to_string(met) + "\n");
}

Reply Control::requests(const Request& request) {
  if (request.method == "DELETE") {
    server_.counters_.clear();
    return text(200, "ok\n");
  }
  std::string lines;
  for (const auto& [what, count] : server_.counters_) {
    const auto& [resource, verb, code] = what;
    lines.append(resource).append(" ").append(verb).append(" ");
    lines.append(std::to_string(code)).append(" ").append(std::to_string(count)).append("\n");
  }
  return text(200, lines);
}

Reply Control::log(const Request& request) {
  const std::string object = request.parameter("object");
  const std::size_t first = object.find('/');
  const std::size_t second = object.find('/', first + 1);
  Key key;
  for (const Resource& resource : resources()) {
    if (first != std::string::npos && object.substr(0, first) == resource.plural) {
      key.resource = &resource;
    }
  }
  if (key.resource == nullptr || second == std::string::npos) {
    return text(400, "object is RESOURCE/NAMESPACE/NAME\n");
  }
  key.ns = object.substr(first + 1, second - first - 1);
  key.name = object.substr(second + 1);
  std::string lines;
  for (const Event& event : server_.store_.log(key)) lines += log_line(event) + "\n";
  return text(200, lines);
}

}  // namespace elector::tests::apiserver
