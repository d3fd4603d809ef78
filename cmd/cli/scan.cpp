// Wraps CLI11: declares the flags to it, rewrites the few spellings that it reads differently, and
// records what it finds, in order and as spelled.
#include "cmd/cli/scan.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

#include "cmd/cli/suggest.h"
#include "cmd/output/text.h"

namespace elector::cmd {
namespace {

// Marks arguments that rewrite() changed for CLI11; a user cannot type this character.
const std::string kMark(1, '\0');

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

class Scanner {
 public:
  Scanner(std::span<const std::string> arguments, const ScanRules& rules)
      : arguments_(arguments), rules_(rules) {
    app_.set_help_flag();  // the tables have their own
    app_.allow_extras()->prefix_command(rules.ends_at_word);
    for (const FlagGroup* group : rules.groups) {
      for (const Flag& flag : group->flags) add(flag);
    }
    // CLI11 sees the -v=3 that rewrite() produces as -v followed by a letter "=" with a value.
    add("-=", true, [this](const std::string& result) {
      scan_.flags.back().value = result.substr(kMark.size());
    });
  }

  Scan run() {
    for (const std::string& argument : arguments_) rewritten_.push_back(rewrite(argument));
    rewritten_.push_back(kMark);  // value of a last flag that lacks one, otherwise an extra word
    left_.assign(rewritten_.rbegin(), rewritten_.rend());
    try {
      app_.parse(left_);
    } catch (const CLI::Error& error) {
      complain(error.what());
    }
    take_extras(app_.remaining());
    if (!lack_.empty()) complain(lack_);  // concerns the last argument, so it is reported last
    return std::move(scan_);
  }

 private:
  void add(const Flag& flag) {
    std::string names = "--" + std::string(flag.name);
    if (!flag.alias.empty()) names.append(",--").append(flag.alias);
    if (flag.letter != '\0') names.append(",-") += flag.letter;
    add(names, flag.takes_value(),
        [this, &flag](const std::string& result) { take(flag, result); });
  }

  void add(const std::string& names, bool takes_value,
           std::function<void(const std::string& result)> taken) {
    app_.add_option(names,
                    [taken = std::move(taken)](const CLI::results_t& results) {
                      taken(results.front());
                      return true;
                    })
        ->expected(takes_value ? 1 : 0)
        ->trigger_on_parse();
  }

  bool is_known(const std::string& spelling) const {
    return app_.get_option_no_throw(spelling) != nullptr;
  }

  // Returns how many characters of -abc, including the dash, are letters of switches.
  std::size_t switches_in(std::string_view argument) const {
    const auto is_switch = [&](char letter) {
      const CLI::Option* option = app_.get_option_no_throw({'-', letter});
      return option != nullptr && option->get_expected_max() == 0;
    };
    const auto end = std::find_if_not(argument.begin() + 1, argument.end(), is_switch);
    return static_cast<std::size_t>(end - argument.begin());
  }

  // Returns an argument (not the value of another flag) in the form that CLI11 reads as Go would.
  // The mark before a value tells --switch=true from --switch and hides that a value is empty.
  std::string rewrite(const std::string& argument) const {
    if (argument.size() < 2 || argument[0] != '-') return argument;
    const std::size_t equals = std::min(argument.find('='), argument.size());
    const std::string value = argument.substr(equals);
    std::string spelling = argument.substr(0, equals);
    if (rules_.go_spelling) {
      std::string name = argument[1] == '-' ? spelling : "-" + spelling;
      std::replace(name.begin(), name.end(), '_', '-');
      if (is_known(name)) spelling = name;
    }
    if (!spelling.starts_with("--")) return rewrite_letters(argument);
    return value.empty() ? spelling : spelling + "=" + kMark + value.substr(1);
  }

  std::string rewrite_letters(const std::string& argument) const {
    const std::size_t at = switches_in(argument);
    const std::string switches = argument.substr(0, at);
    const std::string rest = argument.substr(at);
    if (rest.empty()) return argument;
    if (at > 1 && is_number(rest)) return switches + "=" + kMark + rest;
    if (at > 1 && rest[0] == '=') return switches + "=" + kMark + rest.substr(1);
    // An unknown letter; CLI11 would read -v-x as -v --x.
    if (rest[0] == '=' || !is_known({'-', rest[0]})) return "-" + kMark + argument.substr(1);
    return rest.substr(1, 1) == "=" ? switches + rest[0] + kMark + rest.substr(2) : argument;
  }

  // CLI11 calls this after reading `flag`; it has already removed the flag's arguments from left_.
  void take(const Flag& flag, const std::string& result) {
    const std::size_t last = rewritten_.size() - left_.size() - 1;
    const bool is_separate = flag.takes_value() && result == rewritten_[last];
    const std::size_t at = is_separate ? last - 1 : last;
    const std::string& argument = arguments_[at];
    const bool is_long = rewritten_[at].starts_with("--");
    Occurrence found{.flag = &flag, .spelling = {'-', flag.letter}};
    if (is_long) found.spelling = argument.substr(0, argument.find('='));
    if (last == arguments_.size()) {
      scan_.lacking = &flag;
      lack_ = found.spelling + ": needs a value (" + std::string(flag.placeholder) + ")";
      return;
    }
    const bool may_count = rules_.go_spelling && is_long && flag.kind == FlagKind::kCount;
    if (is_separate) {
      found.value = arguments_[last];
    } else if (result.starts_with(kMark)) {
      found.value = result.substr(kMark.size());
    } else if (flag.takes_value()) {
      found.value = result;
    } else if (may_count && is_number(left_.back())) {
      found.value = left_.back();
      left_.pop_back();
    }
    scan_.flags.push_back(std::move(found));
  }

  // Handles what CLI11 did not recognize: words and unknown flags.
  void take_extras(std::vector<std::string> extras) {
    if (!extras.empty() && extras.back() == kMark) extras.pop_back();
    for (auto extra = extras.begin(); extra != extras.end(); ++extra) {
      const bool is_word = extra->size() < 2 || (*extra)[0] != '-';
      if (*extra == "--" || (is_word && rules_.ends_at_word)) {
        // The rest are words, some of which rewrite() changed as if they were flags.
        scan_.flags_ended = true;
        const auto words = extras.end() - extra - (is_word ? 0 : 1);
        scan_.words.insert(scan_.words.end(), arguments_.end() - words, arguments_.end());
        return;
      }
      if (is_word) {
        scan_.words.push_back(*extra);
      } else if (extra->starts_with("--")) {
        unknown(extra->substr(0, extra->find('=')));
      } else {
        unknown_letter(extra->erase(1, kMark.size()));
      }
    }
  }

  void unknown(const std::string& spelling) {
    std::vector<std::string_view> names;
    for (const FlagGroup* group : rules_.groups) {
      for (const Flag& flag : group->flags) {
        names.push_back(flag.name);
        if (!flag.alias.empty()) names.push_back(flag.alias);
      }
    }
    const auto near = nearest(std::string_view(spelling).substr(2), names);
    // The unqualified name would find std::quoted, which CLI11 includes.
    complain("unknown flag " + cmd::quoted(spelling) + (near ? did_you_mean("--", *near) : ""));
  }

  void unknown_letter(const std::string& argument) {
    // Omits the value, which may be a secret.
    const std::string flags = argument.substr(0, argument.find('='));
    std::string problem =
        "unknown flag " + cmd::quoted(std::string{'-', argument[switches_in(argument)]});
    if (flags.size() > 2) problem += " in " + cmd::quoted(flags);
    // The usual cause is a missing second dash.
    if (is_known("-" + flags)) problem += did_you_mean("-", flags);
    complain(problem);
  }

  void complain(std::string problem) {
    if (!scan_.problem) scan_.problem = std::move(problem);
  }

  std::span<const std::string> arguments_;
  const ScanRules& rules_;
  CLI::App app_;
  std::vector<std::string> rewritten_;  // the arguments as CLI11 gets them, and a mark
  std::vector<std::string> left_;       // those it has not read yet, the next one last
  std::string lack_;
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
