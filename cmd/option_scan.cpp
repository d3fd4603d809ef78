// See option_scan.h.
#include "cmd/option_scan.h"

#include <algorithm>
#include <string_view>

#include "cmd/option_check.h"
#include "cmd/option_suggest.h"

namespace elector::cmd {
namespace {

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

class Scanner {
 public:
  Scanner(std::span<const std::string> arguments, const ScanRules& rules)
      : arguments_(arguments), rules_(rules) {}

  Scan run() {
    while (next_ < arguments_.size()) {
      const std::string& argument = arguments_[next_++];
      if (argument == "--") {
        take_words();
      } else if (argument.size() < 2 || argument[0] != '-') {
        scan_.words.push_back(argument);
        if (rules_.ends_at_word) take_words();
      } else if (argument[1] == '-') {
        take_long(argument, std::string_view(argument).substr(2));
      } else if (!(rules_.go_spelling && is_long_name(std::string_view(argument).substr(1)))) {
        take_letters(argument);
      } else {
        take_long(argument, std::string_view(argument).substr(1));
      }
    }
    return std::move(scan_);
  }

 private:
  void take_words() {
    scan_.words.insert(scan_.words.end(), arguments_.begin() + static_cast<std::ptrdiff_t>(next_),
                       arguments_.end());
    next_ = arguments_.size();
  }

  const Flag* find_name(std::string_view given) const {
    std::string name(given);
    if (rules_.go_spelling) std::replace(name.begin(), name.end(), '_', '-');
    for (const FlagGroup* group : rules_.groups) {
      for (const Flag& flag : group->flags) {
        if (flag.name == name || (!flag.alias.empty() && flag.alias == name)) return &flag;
      }
    }
    return nullptr;
  }

  bool is_long_name(std::string_view text) const {
    return find_name(text.substr(0, text.find('='))) != nullptr;
  }

  const Flag* find_letter(char letter) const {
    for (const FlagGroup* group : rules_.groups) {
      for (const Flag& flag : group->flags) {
        if (flag.letter == letter) return &flag;
      }
    }
    return nullptr;
  }

  // --name or --name=value; `body` is the argument without its dashes.
  void take_long(std::string_view argument, std::string_view body) {
    const std::size_t equals = body.find('=');
    const std::string_view name = body.substr(0, equals);
    const std::string spelling(argument.substr(0, argument.size() - body.size() + name.size()));
    const Flag* flag = find_name(name);
    if (flag == nullptr) {
      unknown(spelling, name);
    } else if (equals != std::string_view::npos) {
      scan_.flags.push_back({flag, spelling, std::string(body.substr(equals + 1))});
    } else {
      take_value(*flag, spelling);
    }
  }

  // -abc: letters in a row, of which the last may have a value.
  void take_letters(const std::string& argument) {
    const std::string_view text = argument;
    for (std::size_t i = 1; i < text.size(); ++i) {
      const Flag* flag = find_letter(text[i]);
      const std::string spelling{'-', text[i]};
      if (flag == nullptr) {
        unknown_letter(argument, i);
        return;
      }
      const std::string_view rest = text.substr(i + 1);
      if (rest.starts_with('=')) {
        scan_.flags.push_back({flag, spelling, std::string(rest.substr(1))});
        return;
      }
      const bool number = flag->kind == FlagKind::kCount && is_number(rest);
      if (number || (flag->takes_value() && !rest.empty())) {
        scan_.flags.push_back({flag, spelling, std::string(rest)});
        return;
      }
      take_value(*flag, spelling);
    }
  }

  // A flag without "=": its value, where it takes one, is the next argument, whatever that is.
  void take_value(const Flag& flag, const std::string& spelling) {
    const bool more = next_ < arguments_.size();
    const bool number =
        rules_.go_spelling && flag.kind == FlagKind::kCount && more && is_number(arguments_[next_]);
    if (!flag.takes_value() && !number) {
      scan_.flags.push_back({&flag, spelling, std::nullopt});
    } else if (more) {
      scan_.flags.push_back({&flag, spelling, arguments_[next_++]});
    } else {
      complain(spelling + ": needs a value (" + std::string(flag.placeholder) + ")");
    }
  }

  void unknown(const std::string& spelling, std::string_view name) {
    std::vector<std::string_view> names;
    for (const FlagGroup* group : rules_.groups) {
      for (const Flag& flag : group->flags) {
        names.push_back(flag.name);
        if (!flag.alias.empty()) names.push_back(flag.alias);
      }
    }
    const auto near = nearest(name, names);
    complain("unknown flag " + quoted(spelling) + (near ? did_you_mean("--", *near) : ""));
  }

  void unknown_letter(const std::string& argument, std::size_t at) {
    // Without a value, which may be a secret.
    const std::string_view flags = std::string_view(argument).substr(0, argument.find('='));
    std::string problem = "unknown flag " + quoted(std::string{'-', argument[at]});
    if (flags.size() > 2) problem += " in " + quoted(flags);
    // One dash too few is the usual reason.
    const std::string_view name = flags.substr(1);
    if (find_name(name) != nullptr) problem += did_you_mean("--", name);
    complain(problem);
  }

  void complain(std::string problem) {
    if (!scan_.problem) scan_.problem = std::move(problem);
  }

  std::span<const std::string> arguments_;
  const ScanRules& rules_;
  std::size_t next_ = 0;
  Scan scan_;
};

}  // namespace

bool Scan::has(std::string_view flag) const {
  return std::any_of(flags.begin(), flags.end(),
                     [&](const Occurrence& occurrence) { return occurrence.flag->name == flag; });
}

Scan scan(std::span<const std::string> arguments, const ScanRules& rules) {
  return Scanner(arguments, rules).run();
}

}  // namespace elector::cmd
