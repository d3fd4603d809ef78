// SPDX-License-Identifier: Apache-2.0
// A story as a file: comments, and blocks of commands, each followed by `----` and the transcript
// that is expected of them, up to an empty line.
#pragma once

#include <string>
#include <vector>

namespace elector::tests {

struct Block {
  std::vector<std::string> before;  // comments and empty lines, as they are
  std::vector<std::string> commands;
  std::vector<std::string> transcript;
  int line = 0;  // of the first command, counted from 1
};

struct StoryFile {
  std::vector<Block> blocks;
  std::vector<std::string> after;  // comments behind the last block
};

StoryFile parse_story(const std::string& text);
std::string format_story(const StoryFile& story);

// Runs the commands from nothing on, and returns the story with the transcripts that came out. A
// command that fails leaves a line `ERROR: why` there.
StoryFile play(const StoryFile& story);

// Line by line, "  " for common lines, "- " for those of a only, "+ " for those of b only.
std::string diff(const std::vector<std::string>& a, const std::vector<std::string>& b);

}  // namespace elector::tests
