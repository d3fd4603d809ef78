// SPDX-License-Identifier: Apache-2.0
// Chooses the command that a command line is for.
#include "cmd/cli/command_line.h"

#include <algorithm>
#include <vector>

#include "cmd/cli/about.h"
#include "cmd/cli/command.h"
#include "cmd/cli/complete_line.h"
#include "cmd/cli/help.h"
#include "cmd/cli/suggest.h"
#include "cmd/output/text.h"

namespace elector::cmd {
namespace {

// Returns "elector COMMAND: PROBLEM; see 'elector HELP_OF --help'".
UsageError wrong_usage(const Surroundings& surroundings, std::string_view command,
                       std::string_view problem, std::string_view help_of) {
  std::string text = surroundings.program;
  if (!command.empty()) text.append(" ").append(command);
  text.append(": ").append(problem).append("; see '").append(surroundings.program);
  if (!help_of.empty()) text.append(" ").append(help_of);
  return {text.append(" --help'\n")};
}

// Returns the text of `--version`; with -v also the libraries.
ShowText version_text(const Surroundings& surroundings, bool with_libraries) {
  return {"elector " + surroundings.version + "\n" + (with_libraries ? library_lines() : "")};
}

// Returns the variables that any command reads.
std::vector<std::string> known_variables(const Surroundings& surroundings) {
  std::vector<std::string> known;
  for (const Command* command : commands()) {
    const auto line = command->line(surroundings);
    for (const Flag* flag : line->flags.all()) {
      if (!flag->variable().empty()) known.push_back(flag->variable());
    }
  }
  return known;
}

// Notes what the environment contributed, and what it could not.
void note_variables(CommandLine& line, const Surroundings& surroundings) {
  ApiOptions& options = line.options();
  for (const Flag* flag : line.flags.all()) {
    if (flag->is_from_environment()) options.from_environment.push_back("--" + flag->name());
  }
  if (surroundings.variables.empty()) return;
  options.strays =
      stray_variables(surroundings.variables, line.flags, known_variables(surroundings));
}

ParseResult parse_command(const Command& command, std::span<const std::string> arguments,
                          const Surroundings& surroundings) {
  const auto line = command.line(surroundings);
  Flags& flags = line->flags;
  Scan scanned = scan(arguments, flags, command.spelling);
  const bool verbose = scanned.has("verbose");
  auto problem = line->take_words(scanned);
  if (scanned.problem) problem = scanned.problem;
  const Flags::Asked asked = flags.read(scanned.flags);
  const Command& shown = command.name.empty() ? kRunCommand : command;
  if (asked == Flags::Asked::kVersion) return version_text(surroundings, verbose);
  if (asked != Flags::Asked::kCommand) {
    const bool all = asked == Flags::Asked::kHelpAll;
    const auto of_shown = shown.line(surroundings);
    return ShowText{command_help(surroundings.program, shown, of_shown->flags, all)};
  }
  note_variables(*line, surroundings);
  if (!problem && flags.failure()) problem = flags.failure()->message;
  if (!problem) {
    auto options = line->finish();
    if (options) return std::move(*options);
    problem = options.error().message;
  }
  UsageError error = wrong_usage(surroundings, command.name, *problem, shown.name);
  error.exit_code = command.usage_exit_code;
  return error;
}

UsageError unknown_command(const std::string& word, const Surroundings& surroundings) {
  std::vector<std::string_view> names;
  for (const Command* command : commands()) names.push_back(command->name);
  const auto near = nearest(word, names);
  return wrong_usage(surroundings, "",
                     "unknown command " + quoted(word) + (near ? did_you_mean("", *near) : ""), "");
}

// `elector help [COMMAND]`, as git and kubectl have it.
ParseResult parse_help(std::span<const std::string> arguments, const Surroundings& surroundings) {
  if (arguments.empty() || arguments[0].starts_with('-')) {
    return ShowText{top_help(surroundings.program)};
  }
  const Command* command = find_command(arguments[0]);
  if (command == nullptr) return unknown_command(arguments[0], surroundings);
  return parse_command(*command, std::vector<std::string>{"--help"}, surroundings);
}

bool ends_flag_name(std::string_view text) {
  return text.empty() || !((text[0] >= 'a' && text[0] <= 'z') || text[0] == '-');
}

constexpr std::string_view kCopyTo = "--copy-to";

// Whether the command line begins with --copy-to.
bool asks_to_copy(std::span<const std::string> arguments) {
  if (arguments.empty()) return false;
  const std::string_view first = arguments.front();
  return first == kCopyTo || first.starts_with(std::string(kCopyTo) + "=");
}

// Returns the folder of --copy-to. Fails with kUsage.
Expected<CopyTo> read_copy_to(std::span<const std::string> arguments) {
  const std::string& first = arguments.front();
  const bool separate = first == kCopyTo;
  const std::size_t words = separate ? 2 : 1;
  std::string folder;
  if (!separate) folder = first.substr(kCopyTo.size() + 1);
  if (separate && arguments.size() > 1) folder = arguments[1];
  if (folder.empty()) return usage_error("--copy-to: needs a value (DIR)");
  if (arguments.size() > words) {
    return usage_error("--copy-to takes no other arguments: unexpected " +
                       quoted(arguments[words]));
  }
  return CopyTo{std::move(folder)};
}

}  // namespace

ParseResult parse(std::span<const std::string> arguments, const Surroundings& surroundings) {
  if (surroundings.completes) return complete_line(arguments, surroundings);
  if (arguments.empty()) return UsageError{top_help(surroundings.program)};
  const std::string& first = arguments[0];
  for (const std::string_view help : {"--help", "-h", "-help", "--help-all"}) {
    if (first == help) return ShowText{top_help(surroundings.program)};
  }
  if (first == "--version" || first == "-version") {
    const auto verbose = [](const std::string& word) {
      return word == "-v" || word == "--verbose";
    };
    return version_text(surroundings, std::any_of(arguments.begin(), arguments.end(), verbose));
  }
  if (first == "--licenses") return ShowText{licenses()};
  if (asks_to_copy(arguments)) {
    auto options = read_copy_to(arguments);
    if (!options) return wrong_usage(surroundings, "", options.error().message, "");
    return std::move(*options);
  }
  const bool is_option = first.size() > 1 && first[0] == '-' && first != "--";
  if (is_option) return parse_command(kLegacyCommand, arguments, surroundings);
  const auto rest = arguments.subspan(1);
  if (first == "help") return parse_help(rest, surroundings);
  if (first == "__complete") return complete_line(rest, surroundings);
  const Command* command = find_command(first);
  if (command == nullptr) return unknown_command(first, surroundings);
  return parse_command(*command, rest, surroundings);
}

std::string name_variables(std::string_view message, std::span<const std::string> flags) {
  std::string result;
  while (!message.empty()) {
    const auto here = std::find_if(flags.begin(), flags.end(), [&](const std::string& flag) {
      return message.starts_with(flag) && ends_flag_name(message.substr(flag.size()));
    });
    if (here == flags.end()) {
      result += message[0];
      message.remove_prefix(1);
    } else {
      result += variable_of(std::string_view(*here).substr(2));
      message.remove_prefix(here->size());
    }
  }
  return result;
}

}  // namespace elector::cmd
