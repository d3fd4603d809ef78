// SPDX-License-Identifier: Apache-2.0
// The election that a command's name stands for.
#include "cmd/cli/election_name.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace elector::tests {

TEST_CASE("a command's base name, made fit for an object, is the election's") {
  const std::vector<std::pair<std::string, std::string>> table{
      {"job", "job"},
      {"./job", "job"},
      {"/usr/local/bin/nightly-backup", "nightly-backup"},
      {"Job", "job"},
      {"my_job.sh", "my-job.sh"},
      {"backup@home", "backup-home"},
      {"_job_", "job"},
      {".hidden", "hidden"},
      {"job.", "job"},
      {"job2", "job2"},
      {"shell", "shell"},
      {"gopher", "gopher"},
      {"make-report", "make-report"},
      {"sh.sh", "sh.sh"},
      {"caf\xc3\xa9-job", "caf---job"},
  };
  for (const auto& [command, election] : table) {
    const auto& given = command;  // clang 14 captures no structured binding
    CAPTURE(given);
    const auto found = cmd::election_of_command(command);
    CHECK_MESSAGE(found, found.error().message);
    if (found) CHECK(*found == election);
  }
}

TEST_CASE("a shell, an interpreter or a wrapper does not name the job") {
  for (const std::string command :
       {"sh",      "/bin/sh",    "bash",          "zsh",      "dash",    "python",
        "python3", "python3.11", "/usr/bin/perl", "perl5.36", "ruby",    "node",
        "java",    "env",        "sudo",          "nice",     "timeout", "xargs",
        "nohup",   "setsid",     "make",          "elector",  "BASH"}) {
    CAPTURE(command);
    const auto found = cmd::election_of_command(command);
    REQUIRE_FALSE(found);
    CHECK(found.error().kind == Error::Kind::kUsage);
    CHECK(found.error().message.starts_with("give --election=NAME: \""));
    CHECK(found.error().message.ends_with(
        "\" is a shell, interpreter or wrapper, which does not name the job"));
  }
}

TEST_CASE("a name of which nothing is left cannot name an election") {
  for (const std::string command : {"", "/", "bin/", "___", "...", "\xc3\xa9", "a..b"}) {
    CAPTURE(command);
    const auto found = cmd::election_of_command(command);
    REQUIRE_FALSE(found);
    CHECK(found.error().message.ends_with(" cannot be used as the election's name"));
  }
  CHECK_FALSE(cmd::election_of_command(std::string(254, 'a')));
  CHECK(cmd::election_of_command(std::string(253, 'a')));
}

}  // namespace elector::tests
