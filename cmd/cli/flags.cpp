// SPDX-License-Identifier: Apache-2.0
#include "cmd/cli/flags.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cassert>
#include <cctype>
#include <charconv>

#include "cmd/cli/name_checks.h"
#include "cmd/cli/suggest.h"
#include "cmd/output/duration.h"
#include "cmd/output/text.h"
#include "kube/config/url.h"

// cmd::quoted is written whole here: CLI11 includes <iomanip>, whose std::quoted argument-dependent
// lookup would find.
namespace elector::cmd {
namespace {

std::string second(const std::vector<std::string>& names) {
  return names.size() > 1 ? names[1] : "";
}

bool same_duration(const std::string& a, const std::string& b) {
  const auto first = parse_go_duration(a);
  const auto second = parse_go_duration(b);
  return first && second && *first == *second;
}

bool same_value(const Flag& flag, const Given& a, const Given& b) {
  if (a.value == b.value) return true;
  switch (flag.kind()) {
    case Flag::Kind::kDuration:
    case Flag::Kind::kOptionalDuration:
      return a.value && b.value && same_duration(*a.value, *b.value);
    case Flag::Kind::kSwitch:
      return parse_bool(a.value.value_or("true")) == parse_bool(b.value.value_or("true"));
    default:
      return false;
  }
}

}  // namespace

std::string variable_of(std::string_view flag) {
  std::string name = "ELECTOR_";
  for (const char c : flag) {
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

Flag& Flag::common() {
  common_ = true;
  return *this;
}

Flag& Flag::secret() {
  secret_ = true;
  return *this;
}

Flag& Flag::values(std::string_view words) {
  values_ = words;
  return *this;
}

Flag& Flag::offers(Offer offer) {
  offer_ = offer;
  return *this;
}

std::string Flag::name() const {
  return option_->get_lnames().front();
}
std::string Flag::alias() const {
  return second(option_->get_lnames());
}
std::string Flag::letter() const {
  return option_->get_snames().empty() ? "" : option_->get_snames().front();
}
std::string Flag::variable() const {
  return option_->get_envname();
}
std::string Flag::placeholder() const {
  return option_->get_type_name();
}
std::string Flag::help() const {
  return option_->get_description();
}

std::string Flag::cited(const Given& given) const {
  const std::string text = given.text();
  if (secret_) return given.where;
  if (given.where == "ELECTION") return "the argument " + cmd::quoted(text);
  const bool bare = kind_ == Kind::kSwitch ? parse_bool(text).value_or(text.empty())
                                           : may_lack_value() && text.empty();
  if (bare) return given.where;
  const bool is_url = text.find("://") != std::string::npos;
  return given.where + "=" + printable(is_url ? kube::without_password(text) : text);
}

Error Flag::wrong(const Given& given, std::string_view problem) {
  return usage_error(std::string(given.where).append(": ").append(problem));
}

// Reads every use. Two uses of a flag that is not repeatable must have the same value.
Failure Flag::read_all(const ValueReader& read) const {
  for (const Given& given : given_) {
    const std::string text = given.value.value_or(kind_ == Kind::kSwitch ? "true" : "");
    const bool reads = given.value || !may_lack_value();
    if (const Failure failure = reads ? read(text) : std::nullopt) {
      return wrong(given, failure->message);
    }
    const Given& first = given_.front();
    if (is_repeatable() || same_value(*this, first, given)) continue;
    if (secret_) return wrong(given, "given twice, with different values; give it once");
    return usage_error(cited(first) + " and " + cited(given) +
                       " contradict each other; give one of them");
  }
  return std::nullopt;
}

Flags::Flags() : app_(std::make_unique<CLI::App>()) {
  app_->set_help_flag();
  app_->option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

Flags::~Flags() = default;

void Flags::group(std::string_view title, bool variables) {
  title_ = title;
  variables_ = variables;
}

// The reader is called once, with all uses of the flag. A flag that was not scanned but has a
// result got it from its variable.
Flag& Flags::declare(const char* names, Flag::Kind kind, const char* placeholder, const char* help,
                     std::function<Failure(const Flag&)> read) {
  Flag& flag = *flags_.emplace_back(std::make_unique<Flag>(kind));
  const auto called = [this, &flag, read = std::move(read)](const CLI::results_t& results) {
    if (!flag.is_given()) {
      flag.from_environment_ = true;
      const std::string& text = results.front();
      const bool list = flag.kind() == Flag::Kind::kList;
      for (auto& item : list ? CLI::detail::split(text, ',') : std::vector{text}) {
        if (!list || !item.empty()) flag.given_.push_back({flag.option_->get_envname(), item});
      }
    }
    Failure failure = read(flag);
    if (failure && !failure_) failure_ = std::move(failure);
    return true;
  };
  CLI::Option* option = app_->add_option(names, called, help);
  option->expected(flag.takes_value() ? 1 : 0)->type_name(placeholder);
  if (flag.takes_value()) option->option_text("=" + std::string(placeholder));
  if (flag.may_lack_value()) option->option_text("[=" + std::string(placeholder) + "]");
  flag.option_ = option->group(title_);
  if (variables_) option->envname(variable_of(flag.name()));
  return flag;
}

void Flags::add_help() {
  const auto adopt = [this](CLI::Option* option) -> Flag& {
    Flag& flag = *flags_.emplace_back(std::make_unique<Flag>(Flag::Kind::kSwitch));
    flag.option_ = option->group(title_)->type_name("");
    return flag;
  };
  adopt(app_->set_help_flag("-h,--help", "show this help")).common();
  adopt(app_->set_help_all_flag("--help-all", "show all flags and the exit codes")).common();
  adopt(app_->set_version_flag("--version", "", "show the version"));
}

Flag& Flags::value(const char* names, const char* placeholder, const char* help, ValueReader read,
                   Flag::Kind kind) {
  return declare(names, kind, placeholder, help,
                 [read = std::move(read)](const Flag& flag) { return flag.read_all(read); });
}

Flag& Flags::text(const char* names, const char* placeholder, const char* help, std::string& into,
                  ValueCheck check) {
  return value(names, placeholder, help, [&into, check](const std::string& text) -> Failure {
    if (const auto problem = check != nullptr ? check(text) : std::nullopt) {
      return usage_error(*problem);
    }
    into = text;
    return std::nullopt;
  });
}

Flag& Flags::list(const char* names, const char* placeholder, const char* help,
                  std::vector<std::string>& into, ValueCheck check) {
  const auto add = [&into, check](const std::string& text) -> Failure {
    if (const auto problem = check != nullptr ? check(text) : std::nullopt) {
      return usage_error(*problem);
    }
    into.push_back(text);
    return std::nullopt;
  };
  return value(names, placeholder, help, add, Flag::Kind::kList);
}

Flag& Flags::toggle(const char* names, const char* help, bool& into) {
  const auto parse = [](const std::string& text) -> Expected<bool> {
    if (const auto parsed = parse_bool(text)) return *parsed;
    return usage_error(cmd::quoted(text) + " is neither true nor false");
  };
  return value(names, "", help, store(into, parse), Flag::Kind::kSwitch);
}

Flag& Flags::count(const char* names, const char* help, int& into) {
  static constexpr int kMost = 1000;
  const auto read = [&into](const Flag& flag) -> Failure {
    for (const Given& given : flag.given()) {
      if (!given.value) {
        into = std::min(into + 1, kMost);
      } else if (const auto number = parse_number(*given.value, 0, kMost)) {
        into = *number;
      } else {
        return Flag::wrong(given, cmd::quoted(*given.value) + " is not a number from 0 to 1000");
      }
    }
    return std::nullopt;
  };
  return declare(names, Flag::Kind::kCount, "", help, read);
}

void Flags::need(const Flag& flag, const Flag& other) {
  flag.option_->needs(other.option_);
}

Flag* Flags::find(std::string_view name) const {
  return name.empty() ? nullptr : find_option("--" + std::string(name));
}

Flag* Flags::find_letter(char letter) const {
  return find_option({'-', letter});
}

Flag* Flags::find_option(const std::string& spelling) const {
  const CLI::Option* option = app_->get_option_no_throw(spelling);
  const auto found = std::find_if(flags_.begin(), flags_.end(),
                                  [&](const auto& flag) { return flag->option_ == option; });
  return option == nullptr || found == flags_.end() ? nullptr : found->get();
}

const Flag& Flags::operator[](std::string_view name) const {
  const Flag* flag = find(name);
  assert(flag != nullptr);
  return *flag;
}

std::vector<const Flag*> Flags::all() const {
  std::vector<const Flag*> all;
  for (const auto& flag : flags_) all.push_back(flag.get());
  return all;
}

Flags::Asked Flags::read(const std::vector<Occurrence>& found) {
  std::vector<std::string> left;  // as CLI11 takes it: the first argument last
  for (const auto& [flag, given] : found) {
    flag->given_.push_back(given);
    left.push_back("--" + flag->name());
    if (flag->takes_value()) left.push_back(given.text());
  }
  std::reverse(left.begin(), left.end());
  try {
    app_->parse(left);
  } catch (const CLI::CallForAllHelp&) {
    return Asked::kHelpAll;
  } catch (const CLI::CallForHelp&) {
    return Asked::kHelp;
  } catch (const CLI::CallForVersion&) {
    return Asked::kVersion;
  } catch (const CLI::Error& error) {
    if (!failure_) failure_ = usage_error(error.what());
  }
  return Asked::kCommand;
}

Expected<std::size_t> index_of(std::string_view text, const std::vector<std::string_view>& words) {
  std::string known;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (text == words[i]) return i;
    known += i == 0 ? "" : i + 1 == words.size() ? " and " : ", ";
    known += words[i];
  }
  const auto near = nearest(text, words);
  return usage_error(cmd::quoted(text) +
                     (words.size() == 1 ? " is not supported; use " : " is not one of ") + known +
                     (near ? did_you_mean("", *near) : ""));
}

Expected<core::Duration> parse_limit(const std::string& text) {
  auto duration = parse_duration(text);
  if (duration && *duration < core::Duration::zero()) {
    return usage_error(cmd::quoted(text) + " is negative");
  }
  return duration;
}

std::optional<int> parse_number(std::string_view text, int least, int most) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (number < least || number > most) return std::nullopt;
  return number;
}

}  // namespace elector::cmd
