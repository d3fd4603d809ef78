// Splits a command line into flags and words. It knows spellings only; what the values mean, and
// whether two of them contradict each other, is decided later (cli/given.h).
//
// The spellings are those of kubectl (pflag): --name=VALUE, --name VALUE, --switch, --switch=false,
// -nVALUE, -n VALUE, -n=VALUE, -vv, -v=3, -v3, and -- before words that begin with a dash. CLI11
// reads them, made to follow Go where it differs: `--id=` gives an empty value instead of taking
// the next argument, and -n=VALUE does not mean the value "=VALUE".
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cmd/cli/flag.h"

namespace elector::cmd {

// One occurrence of a flag.
struct Occurrence {
  const Flag* flag = nullptr;
  std::string spelling{};              // "--lease-duration", "-n"; "" for a word used as its value
  std::optional<std::string> value{};  // none for a switch without "=…"
};

struct ScanRules {
  FlagGroups groups{};
  // As env(1): the flags end at the first word; it and everything after it are words.
  bool ends_at_word = false;
  // As Go's own flag package: -name is --name, an underscore in a name is a dash, and -v takes a
  // number that follows it. For the 2016 command line.
  bool go_spelling = false;
};

struct Scan {
  std::vector<Occurrence> flags;
  std::vector<std::string> words;
  std::optional<std::string> problem;  // the first thing that was not understood, as a sentence
  const Flag* lacking = nullptr;       // the last argument, which lacks its value
  bool flags_ended = false;            // by --, or by a word with ScanRules::ends_at_word

  bool has(std::string_view flag) const;
};

// Scans all arguments, even after an error, so that a later --help is still seen.
Scan scan(std::span<const std::string> arguments, const ScanRules& rules);

}  // namespace elector::cmd
