// SPDX-License-Identifier: Apache-2.0
#include "cmd/cli/complete_line.h"

#include <sstream>

#include "cmd/cli/command.h"
#include "cmd/cli/election_name.h"

namespace elector::cmd {
namespace {

void offer_commands(Completion& completion, const std::string& typed) {
  completion.typed = typed;
  for (const Command* command : commands()) {
    completion.add(std::string(command->name), std::string(command->summary));
  }
}

// Offers the flags that are not given yet or may be repeated.
void offer_flags(Completion& completion, const Flags& flags, const Scan& before) {
  for (const Flag* flag : flags.all()) {
    if (!flag->is_repeatable() && before.has(flag->name())) continue;
    completion.add("--" + flag->name() + (flag->takes_value() ? "=" : ""), flag->help());
  }
}

void offer_values(Completion& completion, const Flag& flag) {
  std::istringstream values(flag.kind() == Flag::Kind::kSwitch ? "true false" : flag.values());
  for (std::string value; values >> value;) completion.add(value, "");
  completion.offer = flag.offer();
}

// Completes a flag, perhaps with the beginning of its value: --lock=l, -ol, -o=l.
void complete_flag(Completion& completion, const Flags& flags, const Scan& before,
                   const std::string& word) {
  const bool is_long = word.starts_with("--");
  std::size_t value = std::string::npos;
  const Flag* flag = nullptr;
  if (is_long && word.find('=') != std::string::npos) {
    value = word.find('=') + 1;
    flag = flags.find(std::string_view(word).substr(2, value - 3));
  } else if (!is_long && word.size() > 1) {
    value = word.size() > 2 && word[2] == '=' ? 3 : 2;
    flag = flags.find_letter(word[1]);
    if (flag != nullptr && !flag->takes_value()) flag = nullptr;
  }
  if (flag != nullptr) {
    completion.prefix = word.substr(0, value);
    completion.typed = word.substr(value);
    return offer_values(completion, *flag);
  }
  completion.typed = word;
  offer_flags(completion, flags, before);
}

// Sets where names are looked up, according to the flags before the cursor; nowhere if they
// contradict each other.
void read_place(Completion& completion, CommandLine& line, const Scan& before) {
  line.flags.read(before.flags);
  if (line.flags.failure()) {
    completion.offer = Offer::kNothing;
    return;
  }
  completion.connection = line.options().connection;
  completion.kinds.assign(kube::kLockKinds.begin(), kube::kLockKinds.end());
  if (const auto kinds = kube::parse_lock(line.flags["lock"].text())) completion.kinds = *kinds;
}

// `words`: everything after the command's name.
Completion complete_command(const Command& command, const ScanRules& spelling,
                            std::span<const std::string> words, const Surroundings& surroundings) {
  Completion completion;
  const auto line = command.line(surroundings);
  const Flags& flags = line->flags;
  const std::string& word = words.back();
  const auto before = words.first(words.size() - 1);
  const Scan scanned = scan(before, flags, spelling);
  const bool takes_election =
      !spelling.go_spelling && command.words.find("ELECTION") != std::string_view::npos;
  if (scanned.lacking != nullptr) {
    completion.typed = word;
    offer_values(completion, *scanned.lacking);
  } else if (!scanned.flags_ended && word.starts_with('-')) {
    complete_flag(completion, flags, scanned, word);
  } else if (spelling.ends_at_word) {
    const std::size_t election = names_election(scanned) ? 2 : 0;  // and --
    completion.command = before.size() - scanned.words.size() + election;
  } else if (takes_election && scanned.words.empty() && !scanned.has("election")) {
    completion.typed = word;
    completion.offer = Offer::kElections;
  }
  read_place(completion, *line, scanned);
  return completion;
}

Completion complete(std::span<const std::string> words, const Surroundings& surroundings) {
  Completion completion;
  if (words.empty()) return completion;
  const std::string& first = words.front();
  if (first.starts_with('-')) {
    return complete_command(kRunCommand, kLegacyCommand.spelling, words, surroundings);
  }
  if (words.size() == 1 || (first == "help" && words.size() == 2)) {
    offer_commands(completion, words.back());
    if (words.size() == 1) completion.add("help", "describe a command and its flags");
    return completion;
  }
  const Command* command = find_command(first);
  if (command == nullptr) return completion;
  completion = complete_command(*command, command->spelling, words.subspan(1), surroundings);
  if (completion.command) ++*completion.command;
  return completion;
}

}  // namespace

Completion complete_line(std::span<const std::string> words, const Surroundings& surroundings) {
  Completion completion = complete(words, surroundings);
  completion.for_kubectl = surroundings.completes;
  return completion;
}

}  // namespace elector::cmd
