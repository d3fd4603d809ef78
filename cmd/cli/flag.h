// The types of a flag, a group of flags and a command. Every flag is declared once, in a table
// (cli/flag_readers.h), which the scanner, the environment, the help and the suggestions all read.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace elector::cmd {

enum class FlagKind {
  kText,        // takes a value
  kList,        // takes a value; repeating it adds another
  kDuration,    // takes a duration (duration.h)
  kGoDuration,  // the same, up to Go's longest duration
  kWait,        // takes an optional duration: --flag or --flag=DURATION
  kOptional,    // takes optional text: --flag or --flag=TEXT
  kBool,        // takes a value only as --flag=false (strconv.ParseBool's words)
  kCount,       // each use adds one; --flag=N sets it
};

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

struct Flag {
  std::string_view name{};  // without the dashes
  char letter = '\0';       // of the short form, if there is one
  FlagKind kind = FlagKind::kText;
  std::string_view placeholder{};  // for its value in the help: "NAME"
  std::string_view help{};         // a phrase without a full stop
  bool common = false;             // shown by --help too, not only by --help-all
  std::string_view alias{};        // another accepted name, not shown by --help
  bool secret = false;             // its value must not appear in a message
  std::string_view values{};       // possible values, separated by spaces; for "id=", the beginning
  Offer offer = Offer::kNothing;   // or where to look them up

  // Whether the next argument is its value, unless a value follows after "=".
  bool takes_value() const {
    return !may_lack_value() && kind != FlagKind::kBool && kind != FlagKind::kCount;
  }
  bool may_lack_value() const { return kind == FlagKind::kWait || kind == FlagKind::kOptional; }
};

// The flags of one subject. They have one reader (cli/flag_readers.h) and are shared by commands.
struct FlagGroup {
  std::string_view title{};  // its heading in the help
  bool environment = false;  // ELECTOR_<FLAG> is read if a flag is not given
  std::span<const Flag> flags{};
};

using FlagGroups = std::span<const FlagGroup* const>;

struct Command {
  std::string_view name{};
  std::string_view summary{};      // a phrase, for the list of commands
  std::string_view words{};        // what follows the name in its usage line
  std::string_view description{};  // a sentence or two, for its own help; lines end with \n
  FlagGroups groups{};
};

// Returns the variable that is read for a flag: ELECTOR_RENEW_DEADLINE for renew-deadline.
std::string environment_name(std::string_view flag);

}  // namespace elector::cmd
