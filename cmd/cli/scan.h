// SPDX-License-Identifier: Apache-2.0
// Splits a command line into flags and words, in the spellings of kubectl (pflag): --name=VALUE,
// --name VALUE, --switch, --switch=false, -nVALUE, -n VALUE, -n=VALUE, -vv, -v=3, -v3, and --
// before words that begin with a dash. What the values mean is decided later (cli/flags.h).
//
// CLI11 2.1.2 does not read them so: `--id= next` takes "next" for the value, and -n=VALUE gives
// "=VALUE". It is therefore handed each flag as --name, with its value as the next argument.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/cli/flags.h"

namespace elector::cmd {

struct ScanRules {
  // As env(1): the flags end at the first word; it and everything after it are words.
  bool ends_at_word = false;
  // As Go's own flag package: -name is --name, an underscore in a name is a dash, and -v takes a
  // number that follows it. For the 2016 command line.
  bool go_spelling = false;
};

struct Scan {
  std::vector<Occurrence> flags;  // in the order of the command line
  std::vector<std::string> words;
  std::optional<std::string> problem;  // the first thing that was not understood, as a sentence
  const Flag* lacking = nullptr;       // the last argument, which lacks its value
  bool flags_ended = false;            // by --, or by a word with ScanRules::ends_at_word
  bool ended_by_dashes = false;        // by --

  bool has(std::string_view flag) const;  // by its main name
};

// Scans all arguments, even after an error, so that a later --help is still seen.
Scan scan(std::span<const std::string> arguments, const Flags& flags, const ScanRules& rules);

}  // namespace elector::cmd
