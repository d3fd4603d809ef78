// The list of commands, and the choice of the one that a command line is for.
#include "cmd/cli/command_line.h"

#include <algorithm>

#include "cmd/cli/complete_line.h"
#include "cmd/cli/help.h"
#include "cmd/cli/licenses.h"
#include "cmd/cli/parse.h"
#include "cmd/cli/suggest.h"
#include "cmd/output/text.h"

namespace elector::cmd {
namespace {

// `elector help [COMMAND]`, as git and kubectl have it.
ParseResult parse_help(std::span<const std::string> arguments, const Surroundings& surroundings);
Completion parse_completion(std::span<const std::string> words, const Surroundings& surroundings);

UsageError unknown_command(const std::string& word, const Surroundings& surroundings) {
  std::vector<std::string_view> names;
  for (const Command& command : commands()) names.push_back(command.name);
  const auto near = nearest(word, names);
  return wrong_usage(surroundings, "",
                     "unknown command " + quoted(word) + (near ? did_you_mean("", *near) : ""), "");
}

ParseResult parse_command(const std::string& name, std::span<const std::string> arguments,
                          const Surroundings& surroundings) {
  if (name == "run") return parse_run(arguments, surroundings);
  if (name == "exec") return parse_exec(arguments, surroundings);
  if (name == "status") return parse_status(arguments, surroundings);
  if (name == "watch") return parse_watch(arguments, surroundings);
  if (name == "resign") return parse_resign(arguments, surroundings);
  if (name == "help") return parse_help(arguments, surroundings);
  if (name == "__complete") return parse_completion(arguments, surroundings);
  return unknown_command(name, surroundings);
}

ParseResult parse_help(std::span<const std::string> arguments, const Surroundings& surroundings) {
  if (arguments.empty() || arguments[0].starts_with('-')) {
    return ShowText{top_help(surroundings.program, commands())};
  }
  for (const Command& command : commands()) {
    if (command.name != arguments[0]) continue;
    return ShowText{command_help(surroundings.program, command, false)};
  }
  return unknown_command(arguments[0], surroundings);
}

// `elector __complete WORD...`, called by the shells' completions.
Completion parse_completion(std::span<const std::string> words, const Surroundings& surroundings) {
  Completion completion = complete_line(words, surroundings.variables);
  completion.for_kubectl = surroundings.completes;
  return completion;
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
    return usage_error("--copy-to stands alone: unexpected " + quoted(arguments[words]));
  }
  return CopyTo{std::move(folder)};
}

}  // namespace

ParseResult parse(std::span<const std::string> arguments, const Surroundings& surroundings) {
  if (surroundings.completes) return parse_completion(arguments, surroundings);
  if (arguments.empty()) return UsageError{top_help(surroundings.program, commands())};
  const std::string& first = arguments[0];
  for (const std::string_view help : {"--help", "-h", "-help", "--help-all"}) {
    if (first == help) return ShowText{top_help(surroundings.program, commands())};
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
  if (is_option) return parse_2016(arguments, surroundings);
  return parse_command(first, arguments.subspan(1), surroundings);
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
      result += environment_name(std::string_view(*here).substr(2));
      message.remove_prefix(here->size());
    }
  }
  return result;
}

}  // namespace elector::cmd
