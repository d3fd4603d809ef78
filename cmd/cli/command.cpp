// SPDX-License-Identifier: Apache-2.0
#include "cmd/cli/command.h"

#include <array>

#include "cmd/output/text.h"

namespace elector::cmd {

std::optional<std::string> CommandLine::take_words(Scan& scanned) {
  if (scanned.words.size() > 1) return "unexpected argument " + quoted(scanned.words[1]);
  Flag* election = flags.find("election");
  for (std::string& word : scanned.words) {
    scanned.flags.push_back({election, {"ELECTION", std::move(word)}});
  }
  scanned.words.clear();
  return std::nullopt;
}

std::span<const Command* const> commands() {
  static constexpr std::array kCommands{&kRunCommand, &kExecCommand, &kStatusCommand,
                                        &kWatchCommand, &kResignCommand};
  return kCommands;
}

const Command* find_command(std::string_view name) {
  for (const Command* command : commands()) {
    if (command->name == name) return command;
  }
  return nullptr;
}

}  // namespace elector::cmd
