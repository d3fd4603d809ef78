#include "cmd/cli/help.h"

#include <algorithm>

namespace elector::cmd {
namespace {

constexpr std::size_t kWidth = 80;

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

// Breaks `text` between words into lines that begin at column `indent`. The first line is assumed
// to be filled up to that column.
std::string wrapped(std::string_view text, std::size_t indent) {
  std::string result;
  std::size_t column = indent;
  while (!text.empty()) {
    const std::size_t length = std::min(text.find(' '), text.size());
    if (column > indent && column + 1 + length > kWidth) {
      result.append("\n").append(indent, ' ');
      column = indent;
    } else if (column > indent) {
      result += ' ';
      ++column;
    }
    result += text.substr(0, length);
    column += length;
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  return result + '\n';
}

// `  -n, --namespace=NAME`
std::string left_column(const Flag& flag) {
  std::string text = "      ";
  if (flag.letter != '\0') text = std::string("  -") + flag.letter + ", ";
  text.append("--").append(flag.name);
  if (flag.takes_value()) text.append("=").append(flag.placeholder);
  if (flag.may_lack_value()) text.append("[=").append(flag.placeholder).append("]");
  return text;
}

std::string right_column(const Flag& flag, bool all) {
  std::string text(flag.help);
  if (all && flag.alias.size() > 1) text.append("; also --").append(flag.alias);
  return text;
}

std::size_t left_width(FlagGroups groups, bool all) {
  std::size_t width = 0;
  for (const FlagGroup* group : groups) {
    for (const Flag& flag : group->flags) {
      if (all || flag.common) width = std::max(width, left_column(flag).size());
    }
  }
  return width + 2;
}

// Lists every group's flags under its title; adjacent groups with the same title are merged.
std::string flag_list(FlagGroups groups, bool all) {
  const std::size_t width = left_width(groups, all);
  std::string text;
  std::string_view title;
  for (const FlagGroup* group : groups) {
    for (const Flag& flag : group->flags) {
      if (!all && !flag.common) continue;
      if (group->title != title) text.append(group->title).append(":\n");
      title = group->title;
      text += padded(left_column(flag), width) + wrapped(right_column(flag, all), width);
    }
  }
  return text;
}

std::string variables_note(FlagGroups groups) {
  std::string titles;
  std::string_view last;
  for (const FlagGroup* group : groups) {
    if (!group->environment || group->title == last) continue;
    last = group->title;
    titles.append(titles.empty() ? "" : ", ").append(last);
  }
  if (titles.empty()) return "";
  return "\n" +
         wrapped("A flag under " + titles +
                     " that is not given is read from the environment: ELECTOR_LOCK for --lock, "
                     "ELECTOR_CLIENT_KEY for --client-key. Durations are written 10s, "
                     "1m30s or 500ms; a number alone is seconds.",
                 0);
}

}  // namespace

std::string top_help(std::string_view program, std::span<const Command> commands) {
  std::string text(program);
  text += " elects one leader among any number of processes, on the Kubernetes API.\n\nUsage: ";
  text.append(program).append(" COMMAND [FLAGS]\n\nCommands:\n");
  std::size_t width = 0;
  for (const Command& command : commands) width = std::max(width, command.name.size() + 4);
  for (const Command& command : commands) {
    text += padded("  " + std::string(command.name), width) + wrapped(command.summary, width);
  }
  text.append("\n").append(
      wrapped("'" + std::string(program) +
                  " COMMAND --help' says more. Without a command, flags "
                  "are read as those of the leader-elector image of 2016: '" +
                  std::string(program) +
                  " --election=NAME …' runs with --lock=endpoints in the namespace default.",
              0));
  text.append(
      "--version shows the version, with -v the libraries too; --licenses the licences.\n"
      "--copy-to=DIR copies elector to a folder.\n");
  return text;
}

std::string command_help(std::string_view program, const Command& command, bool all) {
  std::string text = "Usage: ";
  text.append(program).append(" ").append(command.name).append(" ").append(command.words);
  text.append("\n").append(command.description).append("\n");
  text += flag_list(command.groups, all);
  if (all) text += variables_note(command.groups);
  return text;
}

}  // namespace elector::cmd
