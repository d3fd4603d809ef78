// SPDX-License-Identifier: Apache-2.0
#include "cmd/output/election_json.h"

#include <chrono>
#include <vector>

#include "kube/base/json_text.h"
#include "kube/base/time_format.h"

namespace elector::cmd {
namespace {

using kube::json::quote;

std::string text(const std::optional<std::string>& value) {
  return value ? quote(*value) : "null";
}

std::string time(const std::optional<core::WallTime>& value) {
  return value ? quote(kube::format_time(*value, kube::TimePrecision::kMicroseconds)) : "null";
}

std::string milliseconds(const std::optional<core::Duration>& value) {
  using std::chrono::milliseconds;
  return value ? std::to_string(std::chrono::duration_cast<milliseconds>(*value).count()) : "null";
}

std::string boolean(const std::optional<bool>& value) {
  return !value ? "null" : *value ? "true" : "false";
}

// JSON's flow style, which is also YAML's.
std::string list(const std::vector<std::string>& values) {
  std::string items;
  for (const std::string& value : values) {
    items.append(items.empty() ? "" : ",").append(quote(value));
  }
  return "[" + items + "]";
}

struct StateMember {
  std::string_view name;
  std::string value;  // as JSON
};

// The only list of the members, in order.
std::vector<StateMember> members_of(const ElectionState& state) {
  return {{"election", quote(state.election)},
          {"namespace", quote(state.name_space)},
          {"lock", quote(state.lock)},
          {"id", text(state.id)},
          {"leader", text(state.leader)},
          {"isLeader", boolean(state.is_leader)},
          {"state", quote(state.state)},
          {"acquireTime", time(state.acquire_time)},
          {"renewTime", time(state.renew_time)},
          {"expiresInMs", milliseconds(state.expires_in)},
          {"transitions", state.transitions ? std::to_string(*state.transitions) : "null"},
          {"fencingToken", text(state.token)},
          {"observedAgoMs", milliseconds(state.observed_ago)},
          {"unread", list(state.unread)},
          {"strategy", text(state.strategy)}};
}

}  // namespace

std::string to_json(const ElectionState& state) {
  // Reserves at once, because a name may be large.
  const std::vector<StateMember> members = members_of(state);
  std::size_t size = 2;
  for (const StateMember& member : members) size += member.name.size() + member.value.size() + 4;
  std::string json = "{";
  json.reserve(size);
  for (const StateMember& member : members) {
    if (json.size() > 1) json += ',';
    json.append("\"").append(member.name).append("\":").append(member.value);
  }
  json += '}';
  return json;
}

std::string to_yaml(const ElectionState& state, std::string_view first, std::string_view others) {
  std::string yaml;
  for (const StateMember& member : members_of(state)) {
    yaml.append(yaml.empty() ? first : others);
    yaml.append(member.name).append(": ").append(member.value).append("\n");
  }
  return yaml;
}

}  // namespace elector::cmd
