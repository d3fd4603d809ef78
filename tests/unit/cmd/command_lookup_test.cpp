// SPDX-License-Identifier: Apache-2.0
// What execvp(3) would find, PATH as odd as it may be.
#include "cmd/guard/command_lookup.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

namespace elector::tests {

TEST_CASE("a command is looked for where execvp(3) looks, an empty word of PATH included") {
  namespace fs = std::filesystem;
  const TempDir dir;
  fs::permissions(dir.write("job", "#!/bin/sh\n"), fs::perms::owner_all);
  dir.write("data", "");
  const std::string before = std::getenv("PATH");
  const fs::path home = fs::current_path();
  fs::current_path(dir.path());
  struct Row {
    std::string path;
    std::string command;
    int error;
  };
  const std::vector<Row> table{
      {"", "job", 0},
      {":/nonexistent", "job", 0},
      {"/nonexistent:", "job", 0},
      {"/nonexistent::/bin", "job", 0},
      {dir.path(), "job", 0},
      {"/nonexistent", "job", ENOENT},
      {"/nonexistent", "./job", 0},
      {"", "data", EACCES},
      {"", "none", ENOENT},
      {"", "", ENOENT},
      {"/nonexistent", dir.path(), EISDIR},
      {"/nonexistent", "./job/x", ENOENT},
  };
  for (const auto& [path, command, error] : table) {
    const auto& given = path;  // clang 14 captures no structured binding
    CAPTURE(given);
    ::setenv("PATH", path.c_str(), 1);
    CHECK(cmd::look_up_command(command) == error);
  }
  fs::current_path(home);
  ::setenv("PATH", before.c_str(), 1);
}

}  // namespace elector::tests
