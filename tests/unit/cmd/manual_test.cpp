// SPDX-License-Identifier: Apache-2.0
// Every flag of every command is in the command's manual page, and the page names no other.
#include <doctest/doctest.h>

#include <cctype>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/unit/cmd/command_line.h"

namespace elector::tests {
namespace {

std::string page_path(const std::string& page) {
  return std::string(SOURCE_DIR) + "/man/" + page;
}

std::string page_of(const std::string& page) {
  std::ifstream file(page_path(page));
  REQUIRE_MESSAGE(file.good(), page);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The words that follow each macro Fl on the lines that introduce an item (.It) or that list flags
// (.Fl and .Op at the beginning of a line), as they are typed: "--lock", "-n".
std::set<std::string> flags_in(const std::string& text, bool items_only) {
  std::set<std::string> found;
  std::istringstream lines(text);
  bool in_options = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(".Sh ")) in_options = line == ".Sh OPTIONS";
    if (items_only && !in_options) continue;
    if (!line.starts_with(".It ") && (items_only || !line.starts_with("."))) {
      if (!(in_options && line.starts_with(".Fl "))) continue;
    }
    std::istringstream words(line.substr(1));
    bool flag = false;
    for (std::string word; words >> word;) {
      if (word == "Fl") {
        flag = true;
      } else if (word == "Ns" ||
                 (word.size() == 2 && std::isupper(word[0]) != 0 && std::islower(word[1]) != 0)) {
        flag = false;
      } else if (word == ",") {
        continue;  // what follows is the macro's, still
      } else if (flag && std::isalnum(static_cast<unsigned char>(word.back())) != 0) {
        found.insert("-" + word);
      }
    }
  }
  return found;
}

// As they are typed; without aliases, which are mentioned once, in the help.
std::set<std::string> flags_of(const cmd::Command& command) {
  std::set<std::string> flags;
  const auto command_line = line_of(command);
  for (const cmd::Flag* flag : command_line->flags.all()) {
    flags.insert("--" + flag->name());
    if (!flag->letter().empty()) flags.insert("-" + flag->letter());
  }
  return flags;
}

std::string joined(const std::set<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += word + " ";
  return text;
}

std::set<std::string> without(std::set<std::string> all, const std::set<std::string>& some) {
  for (const std::string& one : some) all.erase(one);
  return all;
}

TEST_CASE("every flag has its item under OPTIONS in the command's page, and every item is a flag") {
  for (const cmd::Command* command : cmd::commands()) {
    const std::string name = "elector-" + std::string(command->name) + ".1";
    CAPTURE(name);
    const std::set<std::string> documented = flags_in(page_of(name), true);
    const std::set<std::string> accepted = flags_of(*command);
    CHECK(joined(without(accepted, documented)) == "");
    CHECK(joined(without(documented, accepted)) == "");
  }
}

TEST_CASE("a page names no flag anywhere that no command has") {
  std::set<std::string> all{"--copy-to", "--licenses", "--lease-duration", "--election-namespace"};
  for (const cmd::Command* command : cmd::commands()) all.merge(flags_of(*command));
  all.merge(std::set<std::string>{"--api-version", "--username", "--password"});
  std::vector<std::string> pages{"elector.1", "elector-safety.7"};
  for (const cmd::Command* command : cmd::commands()) {
    pages.push_back("elector-" + std::string(command->name) + ".1");
  }
  for (const std::string& page : pages) {
    CAPTURE(page);
    CHECK(joined(without(flags_in(page_of(page), false), all)) == "");
  }
}

TEST_CASE("every command's page has the same sections, and elector(1) names every command") {
  const std::string overview = page_of("elector.1");
  for (const cmd::Command* command : cmd::commands()) {
    const std::string name(command->name);
    CAPTURE(name);
    const std::string page = page_of("elector-" + name + ".1");
    std::size_t at = 0;
    for (const std::string section : {"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "ENVIRONMENT",
                                      "FILES", "EXIT STATUS", "EXAMPLES", "SEE ALSO"}) {
      CAPTURE(section);
      const std::size_t found = page.find("\n.Sh " + section + "\n", at);
      CHECK(found != std::string::npos);
      if (found != std::string::npos) at = found;
    }
    CHECK(overview.find(".It Ic " + name + "\n") != std::string::npos);
    CHECK(overview.find(".Xr elector-" + name + " 1") != std::string::npos);
    CHECK(page.find(".Nd " + std::string(command->summary) + "\n") != std::string::npos);
  }
}

}  // namespace
}  // namespace elector::tests
