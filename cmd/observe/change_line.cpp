// SPDX-License-Identifier: Apache-2.0
#include "cmd/observe/change_line.h"

#include "cmd/output/text.h"
#include "kube/base/json_text.h"
#include "kube/base/time_format.h"

namespace elector::cmd {
namespace {

using kube::json::quote;

std::string who(const std::string& leader) {
  return leader.empty() ? "nobody" : escaped(leader);
}

std::string subject(const ChangeLine& line, bool with_namespace) {
  std::string text = with_namespace ? line.state.name_space + "/" : "";
  if (line.state.lock != "leases") text += line.state.lock + "/";
  return escaped(text + line.state.election);
}

std::string what(const ChangeLine& line) {
  const std::string leader = line.state.leader.value_or("");
  if (!line.change) {
    return line.state.state == "unreadable" ? "unreadable" : who(leader) + " leads";
  }
  std::string text = who(line.change->from) + " -> " + who(line.change->to) + " (" +
                     std::string(to_string(line.change->why)) + ")";
  if (line.change->missed > 0) {
    text += " [" + std::to_string(line.change->missed) +
            (line.change->missed == 1 ? " term" : " terms") + " unseen]";
  }
  return text;
}

}  // namespace

std::string to_text(const ChangeLine& line, bool with_namespace, bool colour) {
  const std::string time = kube::format_time(line.time, kube::TimePrecision::kSeconds);
  const bool vacant = line.state.leader.value_or("").empty();
  const std::string begin = colour ? (vacant ? "\x1b[33m" : "\x1b[32m") : "";
  return time + " " + subject(line, with_namespace) + ": " + begin + what(line) +
         (colour ? "\x1b[0m" : "");
}

std::string to_json(const ChangeLine& line) {
  std::string json = to_json(line.state);
  json.pop_back();
  json += ",\"time\":" + quote(format_time(line.time, kube::TimePrecision::kMicroseconds));
  json += ",\"from\":" + (line.change ? quote(line.change->from) : "null");
  json += ",\"why\":" + (line.change ? quote(to_string(line.change->why)) : "null");
  return json + ",\"missed\":" + std::to_string(line.change ? line.change->missed : 0) + "}";
}

ChangeHook::Facts facts_of(const ChangeLine& line) {
  return {
      {"LEADER_ELECTION", line.state.election},
      {"LEADER_NAMESPACE", line.state.name_space},
      {"LEADER_LOCK", line.state.lock},
      {"LEADER_IDENTITY", line.state.leader.value_or("")},
      {"LEADER_STATE", std::string(line.state.state)},
      {"LEADER_TRANSITIONS", line.state.transitions ? std::to_string(*line.state.transitions) : ""},
      {"LEADER_PREVIOUS", line.change ? line.change->from : ""},
      {"LEADER_REASON", line.change ? std::string(to_string(line.change->why)) : ""}};
}

}  // namespace elector::cmd
