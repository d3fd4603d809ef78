// SPDX-License-Identifier: Apache-2.0
// What can complete a command line, and the answer to the shell that asks.
//
// Words and answer follow cobra's hidden command __complete, which kubectl passes on to its plugins
// (kubectl's pkg/cmd/plugin_completion.go), so that one answer serves bash, zsh, fish and kubectl:
// a line "TEXT\tDESCRIPTION" for each suggestion and a last line ":N", whose bits tell the shell
// what to do.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cmd/cli/flags.h"
#include "kube/config/connection.h"
#include "kube/lock/lock_kind.h"

namespace elector::cmd {

struct Suggestion {
  std::string text;         // replaces the whole last word
  std::string description;  // "" for none

  bool operator==(const Suggestion&) const = default;
};

struct Completion {
  std::vector<Suggestion> suggestions{};
  // Names to look up as well: those that begin with `typed`, each with `prefix` in front.
  Offer offer = Offer::kNothing;
  std::string prefix{};  // "--context=", "-n", or "" for a separate word
  std::string typed{};
  // Where to look, according to the flags before the cursor.
  kube::Overrides connection{};
  std::vector<kube::LockKind> kinds{};
  // The index among the words of the COMMAND of `exec`, which the shell completes itself.
  std::optional<std::size_t> command{};
  bool for_kubectl = false;  // which has no such support for COMMAND

  // Adds a suggestion, unless it does not begin with what was typed or would corrupt the answer.
  void add(const std::string& name, const std::string& description);
};

// Returns the answer. Its last line has cobra's bits: 2: no space after the word; 4: no file names;
// 6: both. For `exec` it is ":command N" instead.
std::string to_text(const Completion& completion);

}  // namespace elector::cmd
