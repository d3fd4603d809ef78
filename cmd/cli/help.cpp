// SPDX-License-Identifier: Apache-2.0
#include "cmd/cli/help.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <vector>

namespace elector::cmd {
namespace {

constexpr std::size_t kWidth = 80;

// Breaks `text` between words into lines of at most `width` characters.
std::string wrapped(std::string_view text, std::size_t width) {
  std::string result;
  std::size_t column = 0;
  while (!text.empty()) {
    const std::size_t length = std::min(text.find(' '), text.size());
    const bool breaks = column > 0 && column + 1 + length > width;
    if (column > 0) result += breaks ? '\n' : ' ';
    column = (breaks || column == 0 ? 0 : column + 1) + length;
    result += text.substr(0, length);
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  return result;
}

// CLI11's two columns, with the letter first, the alias in words and long lines broken.
class Formatter : public CLI::Formatter {
 public:
  // `left_width`: of the left column.
  Formatter(bool all, std::size_t left_width) : all_(all) { column_width(left_width); }

  std::string make_option_name(const CLI::Option* option, bool) const override {
    const auto& letters = option->get_snames();
    return (letters.empty() ? "    " : "-" + letters.front() + ", ") + "--" +
           option->get_lnames().front();
  }

  std::string make_option_opts(const CLI::Option* option) const override {
    return option->get_option_text();
  }

  std::string make_option_desc(const CLI::Option* option) const override {
    std::string text = option->get_description();
    const auto& names = option->get_lnames();
    if (all_ && names.size() > 1 && names[1].size() > 1) text += "; also --" + names[1];
    return wrapped(text, kWidth - get_column_width());
  }

 private:
  bool all_;
};

// Lists every group's flags under its heading.
std::string flag_list(const Flags& flags, bool all) {
  const auto is_shown = [&](const CLI::Option* option) {
    return all || flags[option->get_lnames().front()].is_common();
  };
  const Formatter any(all, 0);
  std::size_t width = 0;
  for (const CLI::Option* option : flags.app().get_options(is_shown)) {
    width = std::max(width, any.make_option_name(option, false).size() +
                                any.make_option_opts(option).size() + 4);
  }
  const Formatter formatter(all, width);
  std::string text;
  for (const std::string& title : flags.app().get_groups()) {
    const auto options = flags.app().get_options([&](const CLI::Option* option) {
      return option->get_group() == title && is_shown(option);
    });
    if (!options.empty()) text += title + ":\n";
    for (const CLI::Option* option : options) text += formatter.make_option(option, false);
  }
  return text;
}

std::string variables_note(const Flags& flags) {
  std::string titles;
  std::string last;
  for (const CLI::Option* option : flags.app().get_options()) {
    if (option->get_envname().empty() || option->get_group() == last) continue;
    last = option->get_group();
    titles.append(titles.empty() ? "" : ", ").append(last);
  }
  return "\n" +
         wrapped("Flags under " + titles +
                     " that are not given are read from environment variables: ELECTOR_LOCK for "
                     "--lock, ELECTOR_CLIENT_KEY for --client-key. Durations are written 10s, "
                     "1m30s or 500ms; a bare number is in seconds.",
                 kWidth) +
         "\n";
}

}  // namespace

std::string top_help(std::string_view program) {
  const std::string name(program);
  std::string text = name +
                     " elects one leader among any number of processes, on the Kubernetes API.\n\n"
                     "Usage: " +
                     name + " COMMAND [FLAGS]\n\nCommands:\n";
  for (const Command* command : commands()) {
    std::string left = "  " + std::string(command->name);
    left.resize(10, ' ');
    text.append(left).append(command->summary).append("\n");
  }
  text +=
      "\n" +
      wrapped("'" + name +
                  " COMMAND --help' describes a command. Flags without a command are those of the "
                  "leader-elector image of 2016: '" +
                  name +
                  " --election=NAME …' is 'run' with --lock=endpoints in the namespace default.",
              kWidth) +
      "\n--version shows the version, with -v the libraries too; --licenses the licences.\n"
      "--copy-to=DIR copies elector to a folder.\n";
  return text;
}

std::string command_help(std::string_view program, const Command& command, const Flags& flags,
                         bool all) {
  std::string text = "Usage: ";
  text.append(program).append(" ").append(command.name).append(" ").append(command.words);
  text.append("\n").append(command.description).append("\n");
  text += flag_list(flags, all);
  if (!all) return text;
  return text + variables_note(flags) + "\n" +
         wrapped("Exit codes: " + std::string(command.exit_codes), kWidth) + "\n";
}

}  // namespace elector::cmd
