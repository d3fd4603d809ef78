// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/stories/server.h"

#include <algorithm>
#include <array>

#include "tests/protocol/stories/words.h"

namespace elector::tests {
namespace {

using core::Answer;
using core::Outcome;

constexpr std::array kKinds{Kind::kLeases, Kind::kEndpoints, Kind::kConfigMaps};

// What a transport makes of an HTTP status, as core/request.h has it.
Outcome outcome_of(int status) {
  if (status < 0) return Outcome::kRefused;
  if (status == 409) return Outcome::kConflict;
  if (status == 401 || status == 403) return Outcome::kForbidden;
  return status >= 500 ? Outcome::kUnknown : Outcome::kRefused;
}

}  // namespace

std::string_view name(Kind kind) {
  switch (kind) {
    case Kind::kLeases:
      return "leases";
    case Kind::kEndpoints:
      return "endpoints";
    case Kind::kConfigMaps:
      return "configmaps";
  }
  return "?";
}

std::optional<Kind> parse_kind(std::string_view text) {
  const auto it =
      std::find_if(kKinds.begin(), kKinds.end(), [&](Kind kind) { return name(kind) == text; });
  return it == kKinds.end() ? std::nullopt : std::optional(*it);
}

core::Duration precision(Kind kind) {
  if (kind == Kind::kLeases) return std::chrono::microseconds(1);
  return std::chrono::seconds(1);
}

Server::Server() : model_({precision(kKinds[0]), precision(kKinds[1]), precision(kKinds[2])}) {}

void Server::set_mood(const Mood& mood, const std::string& process, std::optional<Kind> kind) {
  moods_.push_back({process, kind, mood});
}

void Server::age_next_get(const std::string& process, const std::string& version) {
  aged_[process] = version;
}

std::optional<Answer> Server::serve(const std::string& process, Kind kind,
                                    const core::Request& request) {
  const Mood* mood = mood_for(process, kind);
  if (mood == nullptr || (mood->writes_only && request.verb == core::Verb::kGet))
    return ordinary(process, kind, request);
  if (!mood->answers) return std::nullopt;
  if (mood->applied) ordinary(process, kind, request);
  std::string text = mood->status < 0 ? "connection refused" : std::to_string(mood->status);
  if (mood->retry_after > core::Duration::zero()) {
    text += ", Retry-After " + short_text(mood->retry_after) + "s";
  }
  return Answer{.id = request.id,
                .outcome = outcome_of(mood->status),
                .object = {},
                .retry_after = mood->retry_after,
                .message = text};
}

// The last mood that was set for it.
const Mood* Server::mood_for(const std::string& process, Kind kind) const {
  const auto it = std::find_if(moods_.rbegin(), moods_.rend(), [&](const MoodFor& entry) {
    return (entry.process.empty() || entry.process == process) &&
           (!entry.kind || *entry.kind == kind);
  });
  return it == moods_.rend() ? nullptr : &it->mood;
}

Answer Server::ordinary(const std::string& process, Kind kind, const core::Request& request) {
  const auto object = static_cast<std::size_t>(kind);
  if (request.verb == core::Verb::kUpdate) {
    const auto ignored = std::find(ignored_.begin(), ignored_.end(), process);
    if (ignored != ignored_.end()) {
      ignored_.erase(ignored);
      return {.id = request.id,
              .outcome = Outcome::kOk,
              .object = model_.get(object),
              .retry_after = {},
              .message = {}};
    }
  }
  int& edits = edits_[process];
  if (request.verb == core::Verb::kUpdate && edits > 0) {
    model_.edit(object, "label n:" + std::to_string(edits--));
  }
  const auto altered = std::find(altered_.begin(), altered_.end(), process);
  if (request.verb != core::Verb::kGet && altered != altered_.end()) {
    altered_.erase(altered);
    Answer answer =
        request.verb == core::Verb::kCreate
            ? model_.post_record(object, request.record)
            : model_.put_record(object, request.version, request.record, Claims::kRemoved);
    answer.id = request.id;
    return answer;
  }
  Answer answer = model_.handle(object, request);
  const auto aged = aged_.find(process);
  if (request.verb == core::Verb::kGet && aged != aged_.end()) {
    for (const core::Observation& past : model_.history(object)) {
      if (past.version == aged->second) {
        answer.object = past;
        answer.outcome = Outcome::kOk;
      }
    }
    aged_.erase(aged);
  }
  return answer;
}

}  // namespace elector::tests
