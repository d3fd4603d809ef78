// Which flags have a value, and where it came from: the command line, then the environment.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/cli/flag.h"
#include "cmd/cli/scan.h"
#include "core/error.h"
#include "core/time.h"

namespace elector::cmd {

// Returns a variable's value, or nothing if it is unset.
using Variables = std::function<std::optional<std::string>(const std::string& name)>;

// A flag's value. `where` begins an error about it: "--ttl", "--lease-duration", "ELECTOR_TTL", or
// "ELECTION" for a name given as a word.
struct Given {
  const Flag* flag = nullptr;
  std::string where{};
  std::string text{};  // as typed; "true" or "false" for a switch
  bool from_environment = false;
  core::Duration duration{};         // for kDuration and kWait; max() for a kWait without one
  int count = 0;                     // for kCount
  std::vector<std::string> items{};  // for kList

  // Returns `--ttl=10s`, to quote in a sentence; without the value if it is secret.
  std::string cited() const;
};

class GivenFlags {
 public:
  // Returns null if the flag was not given.
  const Given* find(std::string_view flag) const;

  std::string text(std::string_view flag) const;  // "" if not given
  bool is_true(std::string_view flag) const;      // false if not given

  const std::vector<Given>& all() const { return given_; }

 private:
  friend Expected<GivenFlags> collect(const std::vector<Occurrence>&, FlagGroups, const Variables&);
  Failure add(const Occurrence& occurrence);

  std::vector<Given> given_;
};

// Combines the scanned flags with the environment, for groups that read it (an empty variable
// counts as unset; a list's items are separated by commas). Fails with kUsage for an invalid
// switch, count or duration, and for a flag given twice with different values, under any of its
// names.
Expected<GivenFlags> collect(const std::vector<Occurrence>& occurrences, FlagGroups groups,
                             const Variables& variables);

// Returns a usage error about one value: "--ttl: " and the problem.
Error bad_value(const Given& given, std::string_view problem);

// Returns the index of a value among `choices`. Fails with kUsage.
Expected<std::size_t> read_choice(const Given& given, std::span<const std::string_view> choices);

}  // namespace elector::cmd
