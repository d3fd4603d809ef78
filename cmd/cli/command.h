// SPDX-License-Identifier: Apache-2.0
// The commands: what their help says, and what turns their arguments into options.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cmd/cli/flags.h"
#include "cmd/cli/options.h"
#include "cmd/cli/scan.h"

namespace elector::cmd {

// The flags of one command line, bound to the options that they fill.
class CommandLine {
 public:
  CommandLine() = default;
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;
  virtual ~CommandLine() = default;

  // The options to which the flags are bound. The caller sets `from_environment`.
  virtual ApiOptions& options() = 0;
  // Takes what is not a flag, before the flags are read. Returns what is wrong with it.
  // By default, one word is the value of --election.
  virtual std::optional<std::string> take_words(Scan& scanned);
  // Checks the values together, adds the defaults that depend on others, and returns the options.
  // Fails with kUsage.
  virtual Expected<ParseResult> finish() = 0;

  Flags flags{};
};

template <typename Line>
std::unique_ptr<CommandLine> make_line(const Surroundings& surroundings) {
  return std::make_unique<Line>(surroundings);
}

struct Command {
  std::string_view name{};
  std::string_view summary{};      // a phrase, for the list of commands
  std::string_view words{};        // what follows the name in its usage line
  std::string_view description{};  // a sentence or two, for its own help; lines end with \n
  std::string_view exit_codes{};   // sentences, for the long help
  ScanRules spelling{};
  int usage_exit_code = 2;  // 125 for exec, which leaves other codes to its command, as env(1) does
  std::unique_ptr<CommandLine> (*line)(const Surroundings& surroundings) = nullptr;  // new flags
};

extern const Command kRunCommand;
extern const Command kExecCommand;
extern const Command kStatusCommand;
extern const Command kWatchCommand;
extern const Command kResignCommand;
// The command line of 2016, which names no command.
extern const Command kLegacyCommand;

// Returns every command that has a name, for the help, the suggestions and the completions.
std::span<const Command* const> commands();
// Returns null if there is no such command.
const Command* find_command(std::string_view name);

}  // namespace elector::cmd
