// SPDX-License-Identifier: Apache-2.0
// The help texts.
#include "cmd/cli/help.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/cmd/command_line.h"

namespace elector::tests {
namespace {

TEST_CASE("help and version are texts, whatever else is on the line") {
  CHECK(shown({"--version"}) == "elector 1.2.3\n");
  CHECK(shown({"run", "--version"}) == "elector 1.2.3\n");
  CHECK(shown({"--help"}).find("Commands:\n  run") != std::string::npos);
  CHECK(shown({"--help"}) == shown({"-h"}));
  CHECK(shown({"--help"}) == shown({"help"}));
  CHECK(usage_error({}) == shown({"--help"}));
  CHECK(shown({"run", "--help"}) == shown({"run", "x", "--bogus", "--ttl=abc", "-h"}));
  CHECK(shown({"help", "run"}) == shown({"run", "--help"}));
  CHECK(shown({"--election=x", "--help"}) == shown({"run", "--help"}));
  CHECK(usage_error({"run", "--id", "--help"}).find("--election: missing") != std::string::npos);
  CHECK(usage_error({"run", "a", "b", "--", "--help"}).find("unexpected argument \"b\"") !=
        std::string::npos);
}

// The longest line, and how many there are.
std::pair<std::size_t, int> measure(const std::string& text) {
  std::size_t longest = 0;
  int lines = 0;
  for (std::size_t from = 0; from < text.size(); ++lines) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    longest = std::max(longest, end - from);
    from = end + 1;
  }
  return {longest, lines};
}

TEST_CASE("the help fits a screen, and all of it at least its width") {
  std::vector<Arguments> screens{{"--help"}};
  for (const cmd::Command* command : cmd::commands()) {
    screens.push_back({std::string(command->name), "--help"});
    CHECK(measure(shown({std::string(command->name), "--help-all"})).first <= 80);
  }
  for (const Arguments& line : screens) {
    const auto [width, lines] = measure(shown(line));
    CAPTURE(line.front());
    CHECK(width <= 80);
    CHECK(lines <= 24);
  }
}

void check_help(const cmd::Command& command) {
  const std::string all = shown({std::string(command.name), "--help-all"});
  const std::string common = shown({std::string(command.name), "--help"});
  const auto command_line = line_of(command);
  for (const cmd::Flag* flag : command_line->flags.all()) {
    CAPTURE(flag->name());
    const std::string name = "--" + flag->name();
    CHECK(all.find(name) != std::string::npos);
    const bool shows = common.find(name + "=") != std::string::npos ||
                       common.find(name + "[") != std::string::npos ||
                       common.find(name + " ") != std::string::npos;
    CHECK(shows == flag->is_common());
    if (flag->alias().size() < 2) continue;
    CHECK(all.find("--" + flag->alias()) != std::string::npos);
    CHECK(common.find(flag->alias()) == std::string::npos);
  }
}

TEST_CASE("--help-all shows every flag and every alias, --help the common ones and no alias") {
  for (const cmd::Command* command : cmd::commands()) check_help(*command);
}

TEST_CASE("--help-all ends with the exit codes, which for wrong usage are those that are used") {
  for (const cmd::Command* command : cmd::commands()) {
    const std::string name(command->name);
    CAPTURE(name);
    const std::string help = shown({name, "--help-all"});
    const std::size_t at = help.find("\nExit codes: ");
    REQUIRE(at != std::string::npos);
    const bool own = command->usage_exit_code == 2;
    CHECK(help.find(own ? "2 for wrong" : "125 if elector", at) != std::string::npos);
  }
}

TEST_CASE("a mistyped flag of any command, and a mistyped command, get the nearest one suggested") {
  for (const cmd::Command* command : cmd::commands()) {
    const std::string name(command->name);
    CHECK(usage_error({name, "--namespcae=x"}).find("did you mean --namespace?") !=
          std::string::npos);
    CHECK(usage_error({name + "x"}).find("did you mean " + name + "?") != std::string::npos);
    CHECK(usage_error({"help", name + "x"}).find("did you mean " + name + "?") !=
          std::string::npos);
  }
}

TEST_CASE("as a plugin of kubectl it uses that name in its help and its errors") {
  cmd::Surroundings around = surroundings();
  around.program = "kubectl elector";
  const auto help = cmd::parse(Arguments{"status", "--help"}, around);
  REQUIRE(std::holds_alternative<ShowText>(help));
  CHECK(std::get<ShowText>(help).text.starts_with("Usage: kubectl elector status "));
  const auto error = cmd::parse(Arguments{"status", "--bogus"}, around);
  REQUIRE(std::holds_alternative<UsageError>(error));
  CHECK(std::get<UsageError>(error).text.ends_with("see 'kubectl elector status --help'\n"));
}

TEST_CASE("--version -v lists libraries with their versions, --licenses prints their licences") {
  const std::string version = shown({"--version"});
  for (const Arguments& words : std::vector<Arguments>{
           {"--version", "-v"}, {"--version", "--verbose"}, {"status", "--version", "-v"}}) {
    const std::string verbose = shown(words);
    CHECK(verbose.starts_with(version));
    CHECK_MESSAGE(verbose.find("\nlibcurl ") != std::string::npos, verbose);
    CHECK_MESSAGE(verbose.find("\nyaml-cpp ") != std::string::npos, verbose);
  }
  const std::string licenses = shown({"--licenses"});
  CHECK(licenses.find("Apache License") != std::string::npos);
  CHECK(licenses.find("\nyaml-cpp\n===") != std::string::npos);
}

}  // namespace
}  // namespace elector::tests
