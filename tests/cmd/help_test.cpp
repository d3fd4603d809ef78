// The help texts.
#include "cmd/help.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>

#include "tests/cmd/command_line.h"

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
  CHECK(usage_error({"run", "a", "b", "--", "--help"}).find("unexpected word \"b\"") !=
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
  for (const Arguments& line : {Arguments{"--help"}, Arguments{"run", "--help"}}) {
    const auto [width, lines] = measure(shown(line));
    CHECK(width <= 80);
    CHECK(lines <= 24);
  }
  CHECK(measure(shown({"run", "--help-all"})).first <= 80);
}

TEST_CASE("--help-all shows every flag and every alias, --help the common ones and no alias") {
  const std::string all = shown({"run", "--help-all"});
  const std::string common = shown({"run", "--help"});
  for (const cmd::FlagGroup* group : cmd::commands()[0].groups) {
    for (const cmd::Flag& flag : group->flags) {
      CAPTURE(flag.name);
      const std::string name = "--" + std::string(flag.name);
      CHECK(all.find(name) != std::string::npos);
      CHECK((common.find(name + "=") != std::string::npos ||
             common.find(name + " ") != std::string::npos) == flag.common);
      if (flag.alias.size() < 2) continue;
      CHECK(all.find("--" + std::string(flag.alias)) != std::string::npos);
      CHECK(common.find(flag.alias) == std::string::npos);
    }
  }
}

}  // namespace
}  // namespace elector::tests
