#include "cmd/cli/complete_line.h"

#include <algorithm>
#include <array>

#include "cmd/cli/flag_readers.h"
#include "cmd/cli/parse.h"
#include "cmd/cli/scan.h"

namespace elector::cmd {
namespace {

const Command* find_command(std::string_view name) {
  const auto all = commands();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const Command& command) { return command.name == name; });
  return found == all.end() ? nullptr : &*found;
}

const Flag* find_flag(FlagGroups groups, std::string_view name) {
  for (const FlagGroup* group : groups) {
    for (const Flag& flag : group->flags) {
      if (flag.name == name || (!flag.alias.empty() && flag.alias == name)) return &flag;
    }
  }
  return nullptr;
}

const Flag* find_letter(FlagGroups groups, char letter) {
  for (const FlagGroup* group : groups) {
    for (const Flag& flag : group->flags) {
      if (flag.letter == letter) return &flag;
    }
  }
  return nullptr;
}

void offer_commands(Completion& completion) {
  for (const Command& command : commands()) {
    completion.add(std::string(command.name), std::string(command.summary));
  }
}

// Offers the flags that are not given yet or may be repeated.
void offer_flags(Completion& completion, FlagGroups groups, const Scan& before) {
  for (const FlagGroup* group : groups) {
    for (const Flag& flag : group->flags) {
      const bool again = flag.kind == FlagKind::kList || flag.kind == FlagKind::kCount;
      if (!again && before.has(flag.name)) continue;
      completion.add("--" + std::string(flag.name) + (flag.takes_value() ? "=" : ""),
                     std::string(flag.help));
    }
  }
}

void offer_values(Completion& completion, const Flag& flag) {
  std::string_view values = flag.values;
  if (flag.kind == FlagKind::kBool) values = "true false";
  while (!values.empty()) {
    const std::size_t end = std::min(values.find(' '), values.size());
    completion.add(std::string(values.substr(0, end)), "");
    values.remove_prefix(std::min(end + 1, values.size()));
  }
  completion.offer = flag.offer;
}

// Completes a flag, perhaps with the beginning of its value: --lock=l, -ol, -o=l.
void complete_flag(Completion& completion, FlagGroups groups, const Scan& before,
                   const std::string& word) {
  const bool is_long = word.starts_with("--");
  std::size_t value = std::string::npos;
  const Flag* flag = nullptr;
  if (is_long && word.find('=') != std::string::npos) {
    value = word.find('=') + 1;
    flag = find_flag(groups, std::string_view(word).substr(2, value - 3));
  } else if (!is_long && word.size() > 1) {
    value = word.size() > 2 && word[2] == '=' ? 3 : 2;
    flag = find_letter(groups, word[1]);
    if (flag != nullptr && !flag->takes_value()) flag = nullptr;
  }
  if (flag != nullptr) {
    completion.prefix = word.substr(0, value);
    completion.typed = word.substr(value);
    return offer_values(completion, *flag);
  }
  completion.typed = word;
  offer_flags(completion, groups, before);
}

// Sets where names are looked up, according to the flags before the cursor; nowhere if they
// contradict each other.
void read_place(Completion& completion, FlagGroups groups, const Scan& before,
                const Variables& variables) {
  const auto flags = collect(before.flags, groups, variables);
  const auto connection =
      flags ? read_connection(*flags) : Expected<kube::Overrides>(flags.error());
  if (!connection) {
    completion.offer = Offer::kNothing;
    return;
  }
  completion.connection = *connection;
  completion.kinds.assign(kube::kLockKinds.begin(), kube::kLockKinds.end());
  if (flags->find("lock") == nullptr) return;
  if (auto lock = read_lock(*flags, "leases")) completion.kinds = std::move(lock->kinds);
}

bool may_be_word(const Command& command) {
  return command.words.find("ELECTION") != std::string_view::npos;
}

// `words`: everything after the command's name.
Completion complete_command(const Command& command, bool legacy, std::span<const std::string> words,
                            const Variables& variables) {
  Completion completion;
  const std::string& word = words.back();
  const auto before = words.first(words.size() - 1);
  const bool guards = command.name == kExecCommand.name;
  const Scan scanned =
      scan(before, {.groups = command.groups, .ends_at_word = guards, .go_spelling = legacy});
  const bool is_flag = !scanned.flags_ended && word.starts_with('-');
  if (scanned.lacking != nullptr) {
    completion.typed = word;
    offer_values(completion, *scanned.lacking);
  } else if (is_flag) {
    complete_flag(completion, command.groups, scanned, word);
  } else if (guards) {
    completion.command = before.size() - scanned.words.size();
  } else if (!legacy && may_be_word(command) && scanned.words.empty() && !scanned.has("election")) {
    completion.typed = word;
    completion.offer = Offer::kElections;
  }
  read_place(completion, command.groups, scanned, variables);
  return completion;
}

}  // namespace

Completion complete_line(std::span<const std::string> words, const Variables& variables) {
  Completion completion;
  if (words.empty()) return completion;
  const std::string& first = words.front();
  if (words.size() == 1 && !first.starts_with('-')) {
    completion.typed = first;
    offer_commands(completion);
    completion.add("help", "what a command does, and its flags");
    return completion;
  }
  if (first.starts_with('-')) return complete_command(kRunCommand, true, words, variables);
  if (first == "help" && words.size() == 2) {
    completion.typed = words.back();
    offer_commands(completion);
    return completion;
  }
  const Command* command = find_command(first);
  if (command == nullptr) return completion;
  completion = complete_command(*command, false, words.subspan(1), variables);
  if (completion.command) ++*completion.command;
  return completion;
}

}  // namespace elector::cmd
