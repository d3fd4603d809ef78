// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/kube/scripted_api.h"

#include <utility>

namespace elector::tests {

std::string lease_object(const std::string& version, const std::string& name) {
  return R"({"kind":"Lease","metadata":{"name":")" + name +
         R"(","namespace":"default","uid":"u","resourceVersion":")" + version +
         R"("},"spec":{"holderIdentity":"h)" + version + "\"}}";
}

std::string watch_event(const std::string& type, const std::string& object) {
  return R"({"type":")" + type + R"(","object":)" + object + "}\n";
}

std::string api_status(const std::string& reason, int code, const std::string& message) {
  return R"({"kind":"Status","reason":")" + reason + R"(","message":")" + message + R"(","code":)" +
         std::to_string(code) + R"(,"details":{"name":"x"}})";
}

bool is_watch(const std::string& request) {
  return request.find("watch=true") != std::string::npos;
}

std::string start_of(const std::string& request) {
  const std::size_t at = request.find("resourceVersion=");
  return at == std::string::npos ? "" : request.substr(at, request.find_first_of("& ", at) - at);
}

void deliver(RawServer::Peer& peer, const std::vector<std::string>& events) {
  peer.begin_chunks();
  for (const std::string& text : events) peer.chunk(text);
  peer.wait_for_close();
}

ScriptedApi::ScriptedApi(Script script)
    : server_([this, script = std::move(script)](RawServer::Peer& peer) {
        while (true) {
          const std::string request = peer.request();
          if (request.empty()) return;
          script(peer, request, note(request));
        }
      }) {}

int ScriptedApi::note(const std::string& request) {
  const std::lock_guard lock(mutex_);
  requests_.push_back(request);
  return is_watch(request) ? watch_count_++ : watch_count_;
}

std::vector<std::string> ScriptedApi::matching(bool watch) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> result;
  for (const std::string& request : requests_) {
    if (is_watch(request) == watch) result.push_back(request);
  }
  return result;
}

}  // namespace elector::tests
