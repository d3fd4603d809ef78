// What the readers of the commands' command lines have in common. Each command has a table
// (Command) and a function that reads its arguments; parse() in options.cpp chooses among them.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "cmd/option_scan.h"
#include "cmd/options.h"

namespace elector::cmd {

extern const Command kRunCommand;
extern const Command kExecCommand;
extern const Command kStatusCommand;
extern const Command kWatchCommand;
extern const Command kResignCommand;

ParseResult parse_run(std::span<const std::string> arguments, const Surroundings& surroundings);
// The command line of 2016, which names no command.
ParseResult parse_2016(std::span<const std::string> arguments, const Surroundings& surroundings);
ParseResult parse_exec(std::span<const std::string> arguments, const Surroundings& surroundings);
ParseResult parse_status(std::span<const std::string> arguments, const Surroundings& surroundings);
ParseResult parse_watch(std::span<const std::string> arguments, const Surroundings& surroundings);
ParseResult parse_resign(std::span<const std::string> arguments, const Surroundings& surroundings);

// "elector COMMAND: PROBLEM; see 'elector HELP_OF --help'".
UsageError usage_error(const Surroundings& surroundings, std::string_view command,
                       std::string_view problem, std::string_view help_of);

// What --help, --help-all and --version ask for, wherever they stand; nothing without them.
std::optional<ShowText> asked_text(const Scan& scanned, const Command& command,
                                   const Surroundings& surroundings);

// `--version`; with -v also the libraries.
ShowText version_text(const Surroundings& surroundings, bool with_libraries);

// Turns the words into the command's flag --election, the first of its `groups`; `most` are
// allowed. Says what is wrong.
std::optional<std::string> take_words(Scan& scanned, FlagGroups groups, std::size_t most);

// Reads one thing after the other and keeps the first failure.
class Reader {
 public:
  template <typename T>
  void read(T& into, kube::Expected<T> value) {
    if (value) {
      into = std::move(*value);
    } else {
      fail(value.error());
    }
  }
  void fail(kube::Error error) {
    if (!failure_) failure_ = std::move(error);
  }
  const kube::Failure& failure() const { return failure_; }

 private:
  kube::Failure failure_;
};

// Connection, log, --print-rbac, and which flags came from the environment.
void read_api(ApiOptions& options, Reader& reader, const GivenFlags& flags,
              std::string_view namespace_flag = "namespace");

}  // namespace elector::cmd
