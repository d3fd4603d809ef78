// Splits a command line into flags and words. It knows only spellings; what the values mean, and
// whether two of them contradict each other, is decided later (option_given.h).
//
// The spellings are those of kubectl (pflag): --name=VALUE, --name VALUE, --switch, --switch=false,
// -nVALUE, -n VALUE, -n=VALUE, -vv, -v=3, -v3, and -- before words that begin with a dash. CLI11
// does the reading, and does it like Go also where its own way is another: `--id=` gives an empty
// value instead of taking the next argument for it, and -n=VALUE is not a value "=VALUE".
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cmd/option_flag.h"

namespace elector::cmd {

// One flag as it was given.
struct Occurrence {
  const Flag* flag = nullptr;
  std::string spelling{};              // "--lease-duration", "-n"; "" for a word that stands for it
  std::optional<std::string> value{};  // none for a switch without "=…"
};

struct ScanRules {
  FlagGroups groups{};
  // As env(1): the options end at the first word, and everything from it on is words.
  bool ends_at_word = false;
  // As Go's own flag package: -name is --name, an underscore in a name is a dash, and -v takes the
  // number that follows it. For the command lines of 2016.
  bool go_spelling = false;
};

struct Scan {
  std::vector<Occurrence> flags;
  std::vector<std::string> words;
  std::optional<std::string>
      problem;                    // the first thing that could not be understood, as a sentence
  const Flag* lacking = nullptr;  // stood last, and its value is missing
  bool flags_ended = false;       // by --, or by a word with ScanRules::ends_at_word

  bool has(std::string_view flag) const;
};

// Goes through all arguments, whatever it finds, so that a --help after a mistake is still seen.
Scan scan(std::span<const std::string> arguments, const ScanRules& rules);

}  // namespace elector::cmd
