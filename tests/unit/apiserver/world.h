// SPDX-License-Identifier: Apache-2.0
// A test API server without sockets, and short ways to talk to it as one of its users.
#pragma once

#include <string>
#include <utility>

#include "tests/apiserver/json.h"
#include "tests/apiserver/server.h"
#include "tests/apiserver/watch.h"

namespace elector::tests::apiserver {

inline const std::string kLeases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
inline const std::string kConfigMaps = "/api/v1/namespaces/default/configmaps";
inline const std::string kEndpoints = "/api/v1/namespaces/default/endpoints";

struct World {
  explicit World(const ServerOptions& options = {}) : server(options) { server.start(); }

  // path may have a query, with no escapes. body as it is sent; type is its media type.
  Reply send(const std::string& method, const std::string& path, const std::string& body = "",
             const std::string& type = "application/json",
             const std::string& token = "admin-token") {
    Request request;
    request.method = method;
    request.body = body;
    const std::size_t mark = path.find('?');
    request.path = path.substr(0, mark);
    std::size_t at = mark;
    while (at != std::string::npos && at < path.size()) {
      const std::size_t end = std::min(path.find('&', at + 1), path.size());
      const std::string pair = path.substr(at + 1, end - at - 1);
      const std::size_t equals = std::min(pair.find('='), pair.size());
      request.query.emplace_back(pair.substr(0, equals),
                                 equals == pair.size() ? "" : pair.substr(equals + 1));
      at = end;
    }
    request.headers = headers;
    if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
    if (!type.empty()) request.headers.emplace_back("Content-Type", type);
    return server.handle(std::move(request));
  }
  Reply get(const std::string& path) { return send("GET", path); }
  Reply post(const std::string& path, const std::string& body) { return send("POST", path, body); }
  Reply put(const std::string& path, const std::string& body) { return send("PUT", path, body); }

  Server server;
  std::vector<std::pair<std::string, std::string>> headers;  // sent with every request
};

// A Lease named x with that holder and version ("" for none) and no other fields.
inline std::string lease(const std::string& holder, const std::string& version = "",
                         const std::string& name = "x") {
  return "{\"metadata\":{\"name\":\"" + name + "\"" +
         (version.empty() ? "" : ",\"resourceVersion\":\"" + version + "\"") +
         "},\"spec\":{\"holderIdentity\":\"" + holder + "\"}}";
}

inline std::string message_of(const Reply& reply) {
  const auto json = parse_json(reply.body);
  return json ? text_at(*json, {"message"}) : "no JSON: " + reply.body;
}

inline std::string version_of(const Reply& reply) {
  const auto json = parse_json(reply.body);
  return json ? text_at(*json, {"metadata", "resourceVersion"}) : "no JSON: " + reply.body;
}

// The types and names of the events that the watch has to give, as "ADDED x MODIFIED x …".
inline std::string events_of(const Reply& reply) {
  if (reply.watch == nullptr) return "no watch";
  const std::string lines = reply.watch->take();
  std::string out;
  std::size_t start = 0;
  for (std::size_t end = 0; (end = lines.find('\n', start)) != std::string::npos; start = end + 1) {
    const auto json = parse_json(lines.substr(start, end - start));
    if (!json) return "broken line in: " + lines;
    const std::string name = text_at(*json, {"object", "metadata", "name"});
    out += (out.empty() ? "" : " ") + text_at(*json, {"type"}) + (name.empty() ? "" : " " + name);
  }
  return out;
}

}  // namespace elector::tests::apiserver
