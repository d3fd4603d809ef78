// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/stories/story_file.h"

#include <algorithm>
#include <sstream>

#include "tests/protocol/stories/script.h"

namespace elector::tests {

StoryFile parse_story(const std::string& text) {
  StoryFile story;
  std::istringstream lines(text);
  std::string line;
  Block block;
  bool in_transcript = false;
  int number = 0;
  const auto finish = [&] {
    if (!block.commands.empty()) story.blocks.push_back(block);
    block = {};
    in_transcript = false;
  };
  while (std::getline(lines, line)) {
    ++number;
    if (in_transcript) {
      if (line.empty()) {
        finish();
      } else {
        block.transcript.push_back(line);
      }
    } else if (line == "----") {
      in_transcript = true;
    } else if (line.empty() || line.front() == '#') {
      block.before.push_back(line);
    } else {
      if (block.commands.empty()) block.line = number;
      block.commands.push_back(line);
    }
  }
  story.after = block.commands.empty() ? block.before : std::vector<std::string>{};
  finish();
  return story;
}

std::string format_story(const StoryFile& story) {
  std::string text;
  const auto append = [&](const std::vector<std::string>& lines) {
    for (const std::string& line : lines) text += line + "\n";
  };
  for (const Block& block : story.blocks) {
    if (!text.empty()) text += "\n";
    append(block.before);
    append(block.commands);
    text += "----\n";
    append(block.transcript);
  }
  if (!story.after.empty()) text += "\n";
  append(story.after);
  return text;
}

StoryFile play(const StoryFile& story) {
  StoryFile played = story;
  Script script;
  for (Block& block : played.blocks) {
    block.transcript.clear();
    for (const std::string& command : block.commands) {
      const std::optional<std::string> error = script.run(command);
      for (const std::string& line : script.take_transcript()) block.transcript.push_back(line);
      if (error) block.transcript.push_back("ERROR: " + command + ": " + *error);
    }
  }
  return played;
}

std::string diff(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  // common[i][j]: how many lines a from i on and b from j on have in common, in order.
  std::vector<std::vector<int>> common(a.size() + 1, std::vector<int>(b.size() + 1, 0));
  for (std::size_t i = a.size(); i-- > 0;) {
    for (std::size_t j = b.size(); j-- > 0;) {
      common[i][j] =
          a[i] == b[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  std::string text;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      text += "  " + a[i++] + "\n";
      ++j;
    } else if (i < a.size() && (j == b.size() || common[i + 1][j] >= common[i][j + 1])) {
      text += "- " + a[i++] + "\n";
    } else {
      text += "+ " + b[j++] + "\n";
    }
  }
  return text;
}

}  // namespace elector::tests
