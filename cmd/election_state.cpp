#include "cmd/election_state.h"

#include <chrono>

#include "cmd/log.h"
#include "kube/time_format.h"

namespace elector::cmd {
namespace {

std::string text(const std::optional<std::string>& value) {
  return value ? json_string(*value) : "null";
}

std::string time(const std::optional<core::WallTime>& value) {
  return value ? json_string(kube::format_time(*value, kube::TimePrecision::kMicroseconds))
               : "null";
}

std::string milliseconds(const std::optional<core::Duration>& value) {
  using std::chrono::milliseconds;
  return value ? std::to_string(std::chrono::duration_cast<milliseconds>(*value).count()) : "null";
}

}  // namespace

std::string to_json(const ElectionState& state) {
  std::string json = "{\"election\":" + json_string(state.election);
  json += ",\"namespace\":" + json_string(state.name_space);
  json += ",\"lock\":" + json_string(state.lock);
  json += ",\"id\":" + text(state.id);
  json += ",\"leader\":" + text(state.leader);
  json += ",\"isLeader\":";
  json += !state.is_leader ? "null" : *state.is_leader ? "true" : "false";
  json += ",\"state\":" + json_string(state.state);
  json += ",\"acquireTime\":" + time(state.acquire_time);
  json += ",\"renewTime\":" + time(state.renew_time);
  json += ",\"expiresInMs\":" + milliseconds(state.expires_in);
  json += ",\"terms\":" + (state.terms ? std::to_string(*state.terms) : "null");
  json += ",\"fencingToken\":" + text(state.token);
  json += ",\"observedAgoMs\":" + milliseconds(state.observed_ago);
  return json + "}";
}

}  // namespace elector::cmd
