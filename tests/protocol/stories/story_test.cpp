// SPDX-License-Identifier: Apache-2.0
// Every story under tests/protocol/stories comes out as it is written. With STORIES_UPDATE=1 in the
// environment the transcripts are rewritten instead, so that a changed behaviour shows up in review
// as a changed story:
//
//     STORIES_UPDATE=1 build/tests/core_test -tc='*story*' && git diff tests/protocol/stories
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/protocol/stories/story_file.h"

namespace elector::tests {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<fs::path> story_paths() {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(STORIES_DIR)) {
    if (entry.path().extension() == ".txt") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

bool updating() {
  const char* value = std::getenv("STORIES_UPDATE");
  return value != nullptr && std::string(value) == "1";
}

}  // namespace

TEST_CASE("every story comes out as it is written") {
  const std::vector<fs::path> paths = story_paths();
  REQUIRE(paths.size() >= 25);  // fewer stories mean that they were not found
  for (const fs::path& path : paths) {
    const std::string text = read_file(path);
    const StoryFile story = parse_story(text);
    const StoryFile played = play(story);
    if (updating()) {
      const std::string rewritten = format_story(played);
      if (rewritten != text) std::ofstream(path, std::ios::binary) << rewritten;
      continue;
    }
    CHECK_MESSAGE(story.blocks.size() > 0, path.filename().string(), " tells nothing");
    for (std::size_t i = 0; i < story.blocks.size(); ++i) {
      const Block& expected = story.blocks[i];
      const Block& actual = played.blocks[i];
      CHECK_MESSAGE(expected.transcript == actual.transcript, path.filename().string(), ":",
                    expected.line, ": ", expected.commands.front(), " ...\n",
                    diff(expected.transcript, actual.transcript));
    }
  }
}

TEST_CASE("no story contains two leaders, an endless moment or a command that fails") {
  for (const fs::path& path : story_paths()) {
    const std::string text = read_file(path);
    INFO(path.filename().string());
    CHECK(text.find("!!!") == std::string::npos);
    CHECK(text.find("ERROR: ") == std::string::npos);
  }
}

TEST_CASE(
    "every story opens with the rule that it shows, and is written as it would be rewritten") {
  for (const fs::path& path : story_paths()) {
    const std::string text = read_file(path);
    INFO(path.filename().string());
    CHECK(text.substr(0, 2) == "# ");
    CHECK(format_story(parse_story(text)) == text);
  }
}

TEST_CASE("a difference is shown line by line") {
  CHECK(diff({"a", "b", "c"}, {"a", "x", "c", "d"}) == "  a\n- b\n+ x\n  c\n+ d\n");
  CHECK(diff({}, {}).empty());
}

}  // namespace elector::tests
