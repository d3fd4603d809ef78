// What a flag, a group of flags and a command are. Every flag is declared once, in a table
// (option_groups.h); the scanner, the environment, the help and the suggestions all read it there.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace elector::cmd {

enum class FlagKind {
  kText,        // takes a value
  kList,        // takes a value, and may be given again to add another
  kDuration,    // takes a duration (duration.h)
  kGoDuration,  // the same, up to Go's longest
  kWait,        // a duration, which may be left out: --flag or --flag=DURATION
  kOptional,    // text, which may be left out: --flag or --flag=TEXT
  kBool,        // takes a value only as --flag=false (strconv.ParseBool's words)
  kCount,       // adds one each time; --flag=N sets it
};

// Where the completions find what a flag's value may be, if it is none of a few words.
enum class Offer {
  kNothing,
  kFiles,     // by the shell
  kContexts,  // these four in the kubeconfig
  kClusters,
  kUsers,
  kNamespaces,
  kElections,  // from the API server
};

struct Flag {
  std::string_view name{};  // without the dashes
  char letter = '\0';       // the short form's, if there is one
  FlagKind kind = FlagKind::kText;
  std::string_view placeholder{};  // of its value in the help: "NAME"
  std::string_view help{};         // a phrase without a full stop
  bool common = false;             // shown by --help too, not only by --help-all
  std::string_view alias{};        // another name that is accepted; kept out of --help
  bool secret = false;             // its value must not appear in a message
  std::string_view values{};       // what it may be, with a space between; of "id=", the beginning
  Offer offer = Offer::kNothing;   // or where to look that up

  // Whether the next argument is its value, unless it has one behind a "=".
  bool takes_value() const {
    return !may_lack_value() && kind != FlagKind::kBool && kind != FlagKind::kCount;
  }
  bool may_lack_value() const { return kind == FlagKind::kWait || kind == FlagKind::kOptional; }
};

// The flags of one subject, which have one reader (option_groups.h) and are shared by commands.
struct FlagGroup {
  std::string_view title{};  // its heading in the help
  bool environment = false;  // whether ELECTOR_<FLAG> stands in for a flag that is not given
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

// The variable that stands in for a flag: ELECTOR_RENEW_DEADLINE for renew-deadline.
std::string environment_name(std::string_view flag);

}  // namespace elector::cmd
