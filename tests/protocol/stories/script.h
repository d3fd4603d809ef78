// SPDX-License-Identifier: Apache-2.0
// The commands of a story. Each is a line of words; tests/protocol/stories/README.md lists them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/protocol/stories/world.h"

namespace elector::tests {

class Script {
 public:
  // Does one command and settles. Returns a sentence if it is not a command, or cannot be done.
  std::optional<std::string> run(const std::string& line);

  // What happened since the last call, as lines of the transcript.
  std::vector<std::string> take_transcript() { return world_.transcript().take(); }

 private:
  using Error = std::optional<std::string>;

  // The words of a command, and what was given as key=value.
  struct Command {
    std::vector<std::string> words;
    std::map<std::string, std::string> options;
  };

  Error dispatch(const Command& command);
  Error candidate(const Command& command);
  Error lifecycle(const Command& command);
  Error machine(const Command& command);
  Error advance(const Command& command);
  Error network(const Command& command);
  Error api(const Command& command);
  Error api_back();
  Error api_restarts();
  Error kubectl(const Command& command);
  Error rival(const Command& command);
  Error who_leads();

  // The object that lock=KIND names; without it the first of the last declared candidate.
  std::optional<Kind> object_of(const Command& command) const;
  void show_object(const std::string& who, const std::string& verb, Kind kind);

  World world_;
  std::vector<Kind> locks_{Kind::kLeases};
  int forced_ = 0;
};

// "2s", "1.5s", "500ms", "1h", "-3s"; nothing if it is not a time.
std::optional<core::Duration> parse_duration(const std::string& text);

}  // namespace elector::tests
