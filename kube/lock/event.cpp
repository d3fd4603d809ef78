// SPDX-License-Identifier: Apache-2.0
#include "kube/lock/event.h"

#include <array>
#include <cstdio>

#include "kube/base/json_text.h"
#include "kube/base/time_format.h"
#include "kube/lock/lock_kind.h"

namespace elector::kube {
namespace {

// Returns the text, or as many of its first characters as fit into `most` bytes. It must be UTF-8.
std::string first_bytes(const std::string& text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) --most;
  return text.substr(0, most);
}

// Returns the object's name, a dot and the time in hexadecimal nanoseconds; at most 253 characters.
std::string event_name(const std::string& object, core::WallTime when) {
  std::array<char, 24> suffix{};
  const auto nanoseconds = std::chrono::duration_cast<core::Duration>(when.time_since_epoch());
  std::snprintf(suffix.data(), suffix.size(), ".%llx",
                static_cast<unsigned long long>(nanoseconds.count()));
  constexpr std::size_t kRoom = 253 - 17;
  std::string name = object.substr(0, kRoom);
  while (name.ends_with('.') || name.ends_with('-')) name.pop_back();
  return name + suffix.data();
}

}  // namespace

HttpRequest event_request(const LockName& lock, const std::string& object, const LockEvent& event) {
  using json::quote;
  const LockKindInfo& kind = info(lock.kind);
  const std::string at = quote(format_time(event.when, TimePrecision::kSeconds));
  std::string involved =
      "{\"kind\":" + quote(kind.kind) + ",\"namespace\":" + quote(lock.name_space) +
      ",\"name\":" + quote(lock.name) + ",\"apiVersion\":" + quote(kind.api_version);
  const std::string_view known = object.empty() ? "{}" : std::string_view(object);
  for (const char* field : {"uid", "resourceVersion"}) {
    const std::string value = json::string_at(known, {"metadata", field});
    if (!value.empty()) involved += ",\"" + std::string(field) + "\":" + quote(value);
  }
  HttpRequest request;
  request.method = "POST";
  request.path = "/api/v1/namespaces/" + percent_encode(lock.name_space) + "/events";
  request.body =
      "{\"kind\":\"Event\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":" +
      quote(event_name(lock.name, event.when)) + ",\"namespace\":" + quote(lock.name_space) +
      "},\"involvedObject\":" + involved +
      "},\"reason\":\"LeaderElection\",\"message\":" + quote(event.identity + " " + event.what) +
      ",\"source\":{\"component\":\"elector\"},\"firstTimestamp\":" + at +
      ",\"lastTimestamp\":" + at +
      ",\"count\":1,\"type\":\"Normal\",\"eventTime\":null,"
      "\"reportingComponent\":\"elector\",\"reportingInstance\":" +
      quote(first_bytes(event.identity, 128)) + "}";
  return request;
}

}  // namespace elector::kube
