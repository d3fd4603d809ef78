// SPDX-License-Identifier: Apache-2.0
// The flags of a command. Each is declared once, bound to the field that it fills: CLI11 keeps its
// names, heading, variable and dependencies, calls its reader, and prints the help.
//
// What CLI11 2.1.2 has no place for is added here: an error names the flag as the user wrote it
// ("-n", "--lease-duration", "ELECTOR_TTL"), and two different values of one flag are an error.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/time.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace elector::cmd {

// Where the completions look up a flag's possible values, unless they are a few fixed words.
enum class Offer {
  kNothing,
  kFiles,     // completed by the shell
  kContexts,  // these four from the kubeconfig
  kClusters,
  kUsers,
  kNamespaces,
  kElections,  // from the API server
};

// One value of a flag. `where` begins an error about it: "--ttl", "--lease-duration",
// "ELECTOR_TTL", or "ELECTION" for a name given as a word.
struct Given {
  std::string where{};
  std::optional<std::string> value{};  // as typed; none for a switch without "=…"

  std::string text() const { return value.value_or(""); }
};

// Fills a flag's field from a value as typed. Fails with a message that ends a sentence.
using ValueReader = std::function<Failure(const std::string& text)>;
// Returns what is wrong with a value, as the end of a sentence that begins with the flag's name.
using ValueCheck = std::optional<std::string> (*)(std::string_view text);

class Flag {
 public:
  enum class Kind {
    kValue,             // takes a value: --flag VALUE or --flag=VALUE
    kDuration,          // the same; two spellings of one duration are the same value
    kList,              // takes a value; repeating it adds another
    kOptional,          // takes a value only as --flag=VALUE
    kOptionalDuration,  // the same; as kDuration
    kSwitch,            // --flag or --flag=false (strconv.ParseBool's words)
    kCount,             // each use adds one; --flag=N sets it
  };

  explicit Flag(Kind kind) : kind_(kind) {}

  // Shown by --help too, not only by --help-all.
  Flag& common();
  // Its value must not appear in a message.
  Flag& secret();
  // Its possible values, separated by spaces; for "id=", the beginning of one.
  Flag& values(std::string_view words);
  Flag& offers(Offer offer);

  std::string name() const;         // without the dashes
  std::string alias() const;        // another accepted name; "" for none
  std::string letter() const;       // of the short form; "" for none
  std::string variable() const;     // that it is read from; "" for none
  std::string placeholder() const;  // for its value in the help: "NAME"; "" for none
  std::string help() const;
  Kind kind() const { return kind_; }
  bool takes_value() const { return kind_ < Kind::kOptional; }
  bool may_lack_value() const {
    return kind_ == Kind::kOptional || kind_ == Kind::kOptionalDuration;
  }
  bool is_repeatable() const { return kind_ == Kind::kList || kind_ == Kind::kCount; }
  bool is_common() const { return common_; }
  bool is_secret() const { return secret_; }
  const std::string& values() const { return values_; }
  Offer offer() const { return offer_; }

  // After Flags::read(). All uses; those of a list from a variable are one each.
  const std::vector<Given>& given() const { return given_; }
  bool is_given() const { return !given_.empty(); }
  bool is_from_environment() const { return from_environment_; }
  // The last value as typed; "" if it was not given.
  std::string text() const { return is_given() ? given_.back().text() : ""; }
  // Returns `--ttl=10s`, to quote in a sentence; without the value if it is secret.
  std::string cited() const { return cited(given_.back()); }
  // Returns a usage error about the last value: "--ttl: " and the problem.
  Error wrong(std::string_view problem) const { return wrong(given_.back(), problem); }

 private:
  friend class Flags;
  std::string cited(const Given& given) const;
  static Error wrong(const Given& given, std::string_view problem);
  Failure read_all(const ValueReader& read) const;

  Kind kind_;
  CLI::Option* option_ = nullptr;
  bool common_ = false;
  bool secret_ = false;
  bool from_environment_ = false;
  std::string values_{};
  Offer offer_ = Offer::kNothing;
  std::vector<Given> given_{};
};

// One use of a flag.
struct Occurrence {
  Flag* flag = nullptr;
  Given given{};
};

class Flags {
 public:
  Flags();
  ~Flags();
  Flags(const Flags&) = delete;
  Flags& operator=(const Flags&) = delete;

  // Sets the heading in the help of the flags declared from here on. With `variables`, each of them
  // is read from ELECTOR_<FLAG> if it is not given; an empty variable counts as unset.
  void group(std::string_view title, bool variables = false);

  // Declare a flag. `names` are separated by commas: "-n,--namespace,--election-namespace"; of two
  // long names the second is an alias. `help` is a phrase without a full stop. Each returns the
  // flag, which lives as long as this object.
  Flag& value(const char* names, const char* placeholder, const char* help, ValueReader read,
              Flag::Kind kind = Flag::Kind::kValue);
  Flag& text(const char* names, const char* placeholder, const char* help, std::string& into,
             ValueCheck check = nullptr);
  // `parse` takes the text and returns Expected<T>; T must be assignable to `into`.
  template <typename Into, typename Parse>
  Flag& duration(const char* names, const char* help, Into& into, Parse parse);
  Flag& list(const char* names, const char* placeholder, const char* help,
             std::vector<std::string>& into, ValueCheck check = nullptr);
  Flag& toggle(const char* names, const char* help, bool& into);
  Flag& count(const char* names, const char* help, int& into);
  // --help, --help-all and --version.
  void add_help();
  // `flag` is only allowed with `other`.
  void need(const Flag& flag, const Flag& other);

  // Returns the flag with this name (its main one or its alias) or letter; null for none.
  Flag* find(std::string_view name) const;
  Flag* find_letter(char letter) const;
  // The flag of this name, which is declared.
  const Flag& operator[](std::string_view name) const;
  std::vector<const Flag*> all() const;  // in the order of their declaration

  enum class Asked { kCommand, kHelp, kHelpAll, kVersion };

  // Reads these uses, then the variables, and fills the fields. Returns what was asked for;
  // failure() then has the first value that is not valid, in the order of the declarations.
  Asked read(const std::vector<Occurrence>& found);
  const Failure& failure() const { return failure_; }

  const CLI::App& app() const { return *app_; }

 private:
  Flag& declare(const char* names, Flag::Kind kind, const char* placeholder, const char* help,
                std::function<Failure(const Flag&)> read);
  Flag* find_option(const std::string& spelling) const;

  std::unique_ptr<CLI::App> app_;
  std::vector<std::unique_ptr<Flag>> flags_{};
  std::string title_{};
  bool variables_ = false;
  Failure failure_{};
};

// Returns a reader that stores what `parse` makes of a value. `parse` takes the text and returns
// Expected<T>, whose message ends a sentence; T must be assignable to `into`.
template <typename Into, typename Parse>
ValueReader store(Into& into, Parse parse) {
  return [&into, parse](const std::string& text) -> Failure {
    auto value = parse(text);
    if (!value) return value.error();
    into = std::move(*value);
    return std::nullopt;
  };
}

template <typename Into, typename Parse>
Flag& Flags::duration(const char* names, const char* help, Into& into, Parse parse) {
  return value(names, "DURATION", help, store(into, parse), Flag::Kind::kDuration);
}

// Returns the index of `text` in `words`. Fails with "is not one of …" and a suggestion.
Expected<std::size_t> index_of(std::string_view text, const std::vector<std::string_view>& words);

// Returns a reader that stores what stands beside a word. Fails for other words, as index_of().
template <typename Into>
ValueReader choose(Into& into, std::vector<std::pair<std::string_view, Into>> choices) {
  return store(into, [choices = std::move(choices)](const std::string& text) -> Expected<Into> {
    std::vector<std::string_view> words;
    for (const auto& choice : choices) words.push_back(choice.first);
    const auto index = index_of(text, words);
    if (!index) return index.error();
    return choices[*index].second;
  });
}

// Returns the variable that is read for a flag: ELECTOR_RENEW_DEADLINE for renew-deadline.
std::string variable_of(std::string_view flag);

// Parses a duration in the notation of output/duration.h. Fails if it is negative.
Expected<core::Duration> parse_limit(const std::string& text);

// Parses a decimal number. Returns nothing unless it is from `least` to `most`.
std::optional<int> parse_number(std::string_view text, int least, int most);

}  // namespace elector::cmd
