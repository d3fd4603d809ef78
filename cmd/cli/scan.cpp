// SPDX-License-Identifier: Apache-2.0
#include "cmd/cli/scan.h"

#include <algorithm>
#include <utility>

#include "cmd/cli/suggest.h"
#include "cmd/output/text.h"

namespace elector::cmd {
namespace {

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

class Scanner {
 public:
  Scanner(std::span<const std::string> arguments, const Flags& flags, const ScanRules& rules)
      : left_(arguments), flags_(flags), rules_(rules) {}

  Scan run() {
    while (!left_.empty() && !scan_.flags_ended) next();
    scan_.words.insert(scan_.words.end(), left_.begin(), left_.end());
    if (!lack_.empty()) complain(lack_);  // concerns the last argument, so it is reported last
    return std::move(scan_);
  }

 private:
  void next() {
    const std::string& argument = left_.front();
    if (argument.size() < 2 || argument[0] != '-') {
      scan_.flags_ended = rules_.ends_at_word;
      if (scan_.flags_ended) return;
      left_ = left_.subspan(1);
      scan_.words.push_back(argument);
      return;
    }
    left_ = left_.subspan(1);
    scan_.flags_ended = scan_.ended_by_dashes = argument == "--";
    if (scan_.flags_ended) return;
    const std::string spelling = argument.substr(0, argument.find('='));
    std::optional<std::string> value;
    if (spelling.size() < argument.size()) value = argument.substr(spelling.size() + 1);
    Flag* flag = find_long(spelling);
    if (flag != nullptr) {
      take(*flag, spelling, std::move(value));
    } else if (spelling.starts_with("--")) {
      unknown(spelling);
    } else {
      letters(argument);
    }
  }

  // Returns the flag that is spelled as a name; null for none.
  Flag* find_long(std::string_view spelling) const {
    const bool dashes = spelling.starts_with("--");
    if (!dashes && !rules_.go_spelling) return nullptr;
    std::string name(spelling.substr(dashes ? 2 : 1));
    if (rules_.go_spelling) std::replace(name.begin(), name.end(), '_', '-');
    return flags_.find(name);
  }

  // Records a flag; its value is the next argument if it takes one and has none.
  void take(Flag& flag, std::string spelling, std::optional<std::string> value) {
    const bool counts = rules_.go_spelling && flag.kind() == Flag::Kind::kCount && !value;
    const bool follows = flag.takes_value() && !value;
    if (follows && left_.empty()) {
      scan_.lacking = &flag;
      lack_ = spelling + ": needs a value (" + flag.placeholder() + ")";
      return;
    }
    if (follows || (counts && !left_.empty() && is_number(left_.front()))) {
      value = left_.front();
      left_ = left_.subspan(1);
    }
    scan_.flags.push_back({&flag, {std::move(spelling), std::move(value)}});
  }

  // Returns how many characters of -abc, including the dash, are letters of switches.
  std::size_t switches_in(std::string_view argument) const {
    const auto is_switch = [&](char letter) {
      const Flag* flag = flags_.find_letter(letter);
      return flag != nullptr && !flag->takes_value();
    };
    const auto end = std::find_if_not(argument.begin() + 1, argument.end(), is_switch);
    return static_cast<std::size_t>(end - argument.begin());
  }

  // -abc: switches, of which the last may have a value (-v=3, -v3), or another flag (-vn VALUE).
  void letters(const std::string& argument) {
    const std::size_t at = switches_in(argument);
    const std::string rest = argument.substr(at);
    const bool is_value = at > 1 && (rest.starts_with('=') || is_number(rest));
    Flag* last = rest.empty() || is_value ? nullptr : flags_.find_letter(rest[0]);
    if (!rest.empty() && !is_value && last == nullptr) return unknown_letter(argument, at);
    for (std::size_t i = 1; i < at; ++i) {
      const bool has_value = is_value && i + 1 == at;
      std::optional<std::string> value;
      if (has_value) value = rest.substr(rest[0] == '=' ? 1 : 0);
      scan_.flags.push_back(
          {flags_.find_letter(argument[i]), {std::string{'-', argument[i]}, std::move(value)}});
    }
    if (last == nullptr) return;
    std::optional<std::string> value;
    if (rest.size() > 1) value = rest.substr(rest[1] == '=' ? 2 : 1);
    take(*last, {'-', rest[0]}, std::move(value));
  }

  void unknown(const std::string& spelling) {
    std::vector<std::string> names;
    for (const Flag* flag : flags_.all()) {
      names.push_back(flag->name());
      if (!flag->alias().empty()) names.push_back(flag->alias());
    }
    const std::vector<std::string_view> candidates(names.begin(), names.end());
    const auto near = nearest(std::string_view(spelling).substr(2), candidates);
    complain("unknown flag " + quoted(spelling) + (near ? did_you_mean("--", *near) : ""));
  }

  void unknown_letter(const std::string& argument, std::size_t at) {
    // Omits the value, which may be a secret.
    const std::string flags = argument.substr(0, argument.find('='));
    std::string problem = "unknown flag " + quoted(std::string{'-', argument[at]});
    if (flags.size() > 2) problem += " in " + quoted(flags);
    // The usual cause is a missing second dash.
    if (flags_.find(flags.substr(1)) != nullptr) problem += did_you_mean("-", flags);
    complain(problem);
  }

  void complain(std::string problem) {
    if (!scan_.problem) scan_.problem = std::move(problem);
  }

  std::span<const std::string> left_;  // not read yet
  const Flags& flags_;
  const ScanRules& rules_;
  std::string lack_;
  Scan scan_;
};

}  // namespace

bool Scan::has(std::string_view flag) const {
  return std::any_of(flags.begin(), flags.end(),
                     [&](const Occurrence& found) { return found.flag->name() == flag; });
}

Scan scan(std::span<const std::string> arguments, const Flags& flags, const ScanRules& rules) {
  return Scanner(arguments, flags, rules).run();
}

}  // namespace elector::cmd
