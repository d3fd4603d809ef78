#include "cmd/cli/parse.h"

#include <array>

#include "cmd/cli/about.h"
#include "cmd/cli/help.h"
#include "cmd/output/text.h"

namespace elector::cmd {

std::span<const Command> commands() {
  static const std::array kCommands{kRunCommand, kExecCommand, kStatusCommand, kWatchCommand,
                                    kResignCommand};
  return kCommands;
}

UsageError wrong_usage(const Surroundings& surroundings, std::string_view command,
                       std::string_view problem, std::string_view help_of) {
  std::string text = surroundings.program;
  if (!command.empty()) text.append(" ").append(command);
  text.append(": ").append(problem).append("; see '").append(surroundings.program);
  if (!help_of.empty()) text.append(" ").append(help_of);
  return {text.append(" --help'\n")};
}

std::optional<ShowText> asked_text(const Scan& scanned, const Command& command,
                                   const Surroundings& surroundings) {
  for (const bool all : {true, false}) {
    if (!scanned.has(all ? "help-all" : "help")) continue;
    return ShowText{command_help(surroundings.program, command, all)};
  }
  if (scanned.has("version")) return version_text(surroundings, scanned.has("verbose"));
  return std::nullopt;
}

ShowText version_text(const Surroundings& surroundings, bool with_libraries) {
  return {"elector " + surroundings.version + "\n" + (with_libraries ? library_lines() : "")};
}

std::optional<std::string> take_words(Scan& scanned, FlagGroups groups, std::size_t most) {
  if (scanned.words.size() > most) return "unexpected word " + quoted(scanned.words[most]);
  const Flag& election = groups.front()->flags.front();
  for (std::string& word : scanned.words) scanned.flags.push_back({&election, "", std::move(word)});
  scanned.words.clear();
  return std::nullopt;
}

void read_api(ApiOptions& options, Reader& reader, const GivenFlags& flags,
              std::string_view namespace_flag) {
  reader.read(options.connection, read_connection(flags, namespace_flag));
  reader.read(options.log, read_log(flags));
  reader.read(options.print_rbac, read_print_rbac(flags));
  for (const Given& given : flags.all()) {
    if (given.from_environment) {
      options.from_environment.push_back("--" + std::string(given.flag->name));
    }
  }
}

}  // namespace elector::cmd
