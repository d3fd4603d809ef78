// What the parsers of the commands share. Each command has a table (Command) and a function that
// parses its arguments; parse() in command_line.cpp selects the command.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "cmd/cli/options.h"
#include "cmd/cli/scan.h"

namespace elector::cmd {

extern const Command kRunCommand;
extern const Command kExecCommand;
extern const Command kStatusCommand;
extern const Command kWatchCommand;
extern const Command kResignCommand;

// Returns every command, for the help, the suggestions and the completions.
std::span<const Command> commands();

ParseResult parse_run(std::span<const std::string> arguments, const Surroundings& surroundings);
// The 2016 command line, which names no command.
ParseResult parse_2016(std::span<const std::string> arguments, const Surroundings& surroundings);
ParseResult parse_exec(std::span<const std::string> arguments, const Surroundings& surroundings);
ParseResult parse_status(std::span<const std::string> arguments, const Surroundings& surroundings);
ParseResult parse_watch(std::span<const std::string> arguments, const Surroundings& surroundings);
ParseResult parse_resign(std::span<const std::string> arguments, const Surroundings& surroundings);

// Returns "elector COMMAND: PROBLEM; see 'elector HELP_OF --help'".
UsageError wrong_usage(const Surroundings& surroundings, std::string_view command,
                       std::string_view problem, std::string_view help_of);

// Returns the text that --help, --help-all or --version asks for, wherever it stands; otherwise
// nothing.
std::optional<ShowText> asked_text(const Scan& scanned, const Command& command,
                                   const Surroundings& surroundings);

// Returns the text of `--version`; with -v also the libraries.
ShowText version_text(const Surroundings& surroundings, bool with_libraries);

// Turns words into the command's --election, the first flag of its `groups`. Returns what is wrong
// if there are more than `most` words.
std::optional<std::string> take_words(Scan& scanned, FlagGroups groups, std::size_t most);

// Collects values one by one and keeps the first failure.
class Reader {
 public:
  template <typename T>
  void read(T& into, Expected<T> value) {
    if (value) {
      into = std::move(*value);
    } else {
      fail(value.error());
    }
  }
  void fail(Error error) {
    if (!failure_) failure_ = std::move(error);
  }
  const Failure& failure() const { return failure_; }

 private:
  Failure failure_;
};

// Reads connection, log and --print-rbac, and records which flags came from the environment.
void read_api(ApiOptions& options, Reader& reader, const GivenFlags& flags,
              std::string_view namespace_flag = "namespace");

}  // namespace elector::cmd
