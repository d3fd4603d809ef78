// What could be typed at the end of a command line, for the completions of the shells. Pure: names
// out of the kubeconfig and the API are left to complete.h.
//
// The words and the answer are those of cobra's hidden command __complete, which kubectl passes on
// to its plugins (kubectl's pkg/cmd/plugin_completion.go), so that one answer serves bash, zsh,
// fish and kubectl: a line "TEXT\tDESCRIPTION" for each suggestion, and a last line ":N", whose
// bits say what the shell shall do.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cmd/option_flag.h"
#include "cmd/option_given.h"
#include "kube/connection.h"
#include "kube/lock_kind.h"

namespace elector::cmd {

struct Suggestion {
  std::string text;         // replaces the whole last word
  std::string description;  // "" for none

  bool operator==(const Suggestion&) const = default;
};

struct Completion {
  std::vector<Suggestion> suggestions{};
  // Names to look up beside them: those that begin with `typed`, each behind `prefix`.
  Offer offer = Offer::kNothing;
  std::string prefix{};  // "--context=", "-n", or "" for a word of its own
  std::string typed{};
  // Where to look, as the flags say that stand before.
  kube::Overrides connection{};
  std::vector<kube::LockKind> kinds{};
  // The place among the words of the COMMAND that `exec` runs, which the shell completes itself.
  std::optional<std::size_t> command{};
  bool for_kubectl = false;  // which knows nothing of that

  // Adds a suggestion, unless it does not begin with what was typed, or would break the answer.
  void add(const std::string& name, const std::string& description);
};

// `words`: what follows the program's name up to the cursor; the last of them, which may be empty,
// is the one to complete.
Completion complete_line(std::span<const std::string> words, const Variables& variables);

// The answer. The last line has cobra's bits: 2, no space behind; 4, no file names; both together
// 6. For `exec`, ":command N" instead.
std::string to_text(const Completion& completion);

}  // namespace elector::cmd
