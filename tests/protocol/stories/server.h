// SPDX-License-Identifier: Apache-2.0
// The API server of a story: the model, and the moods that it can be in.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/request.h"
#include "tests/protocol/model/api_model.h"

namespace elector::tests {

// The objects that a story's locks can be, in the model's order.
enum class Kind : std::size_t { kLeases, kEndpoints, kConfigMaps };
std::string_view name(Kind kind);
std::optional<Kind> parse_kind(std::string_view name);
core::Duration precision(Kind kind);

// How the server meets requests.
struct Mood {
  bool answers = true;  // false: no answer ever comes
  int status = 0;  // 0: as it should; -1: no connection; else this HTTP status, nothing written
  bool writes_only = false;  // GETs are answered as they should
  bool applied = false;      // with a status: but it did what was asked
  core::Duration retry_after{};
};

class Server {
 public:
  Server();

  ApiModel& model() { return model_; }
  const ApiModel& model() const { return model_; }

  // Applies this from now on to requests of `process` ("" for all) for `kind` (nothing for all).
  void set_mood(const Mood& mood, const std::string& process, std::optional<Kind> kind);
  // Forgets all moods.
  void calm_down() { moods_.clear(); }

  // The next PUT of `process` is taken for one that changes nothing.
  void ignore_next_put(const std::string& process) { ignored_.push_back(process); }
  // Something on the API's side drops the claim from the next write of `process`.
  void alter_next_write(const std::string& process) { altered_.push_back(process); }
  // Edits other fields right before each of the next `count` PUTs of `process`.
  void edit_before_puts(const std::string& process, int count) { edits_[process] = count; }
  // The next GET of `process` shows what the object was at this version.
  void age_next_get(const std::string& process, const std::string& version);

  // The answer to a request of `process`, or nothing if none ever comes.
  std::optional<core::Answer> serve(const std::string& process, Kind kind,
                                    const core::Request& request);

 private:
  const Mood* mood_for(const std::string& process, Kind kind) const;
  core::Answer ordinary(const std::string& process, Kind kind, const core::Request& request);

  struct MoodFor {
    std::string process;
    std::optional<Kind> kind;
    Mood mood;
  };

  ApiModel model_;
  std::vector<MoodFor> moods_;
  std::vector<std::string> ignored_;
  std::vector<std::string> altered_;
  std::map<std::string, int> edits_;
  std::map<std::string, std::string> aged_;
};

}  // namespace elector::tests
