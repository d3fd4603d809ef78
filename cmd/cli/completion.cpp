// SPDX-License-Identifier: Apache-2.0
#include "cmd/cli/completion.h"

#include <algorithm>
#include <utility>

namespace elector::cmd {
namespace {

constexpr int kNoSpace = 2;
constexpr int kNoFiles = 4;

}  // namespace

void Completion::add(const std::string& name, const std::string& description) {
  const auto breaks = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; };
  if (!name.starts_with(typed) || std::any_of(name.begin(), name.end(), breaks)) return;
  std::string one_line = description;
  std::replace_if(one_line.begin(), one_line.end(), breaks, ' ');
  suggestions.push_back({prefix + name, std::move(one_line)});
}

std::string to_text(const Completion& completion) {
  std::string text;
  const auto& suggestions = completion.suggestions;
  for (const Suggestion& suggestion : suggestions) {
    text += suggestion.text;
    if (!suggestion.description.empty()) text.append("\t").append(suggestion.description);
    text += '\n';
  }
  if (completion.command && !completion.for_kubectl) {
    return text + ":command " + std::to_string(*completion.command) + "\n";
  }
  const bool files = completion.offer == Offer::kFiles || completion.command;
  const bool goes_on = !suggestions.empty() &&
                       std::all_of(suggestions.begin(), suggestions.end(),
                                   [](const Suggestion& one) { return one.text.ends_with('='); });
  return text + ":" + std::to_string((goes_on ? kNoSpace : 0) + (files ? 0 : kNoFiles)) + "\n";
}

}  // namespace elector::cmd
