// Which flags have a value, and from where: the command line first, then the environment.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/option_flag.h"
#include "cmd/option_scan.h"
#include "core/time.h"
#include "kube/error.h"

namespace elector::cmd {

// A variable's value, none when it is unset.
using Variables = std::function<std::optional<std::string>(const std::string& name)>;

// A flag's value. Where it came from goes in front of what is wrong with it: "--ttl",
// "--lease-duration", "ELECTOR_TTL", or "ELECTION" for a name that was given as a word.
struct Given {
  const Flag* flag = nullptr;
  std::string where{};
  std::string text{};  // as typed; of a switch, "true" or "false"
  bool from_environment = false;
  core::Duration duration{};         // of a kDuration or kWait; max() of a kWait without one
  int count = 0;                     // of a kCount
  std::vector<std::string> items{};  // of a kList

  // `--ttl=10s`, to cite it in a sentence; without the value if that is secret.
  std::string cited() const;
};

class GivenFlags {
 public:
  // Nothing if the flag was not given at all.
  const Given* find(std::string_view flag) const;

  std::string text(std::string_view flag) const;  // "" if not given
  bool is_true(std::string_view flag) const;      // false if not given

  const std::vector<Given>& all() const { return given_; }

 private:
  friend kube::Expected<GivenFlags> collect(const std::vector<Occurrence>&, FlagGroups,
                                            const Variables&);
  kube::Failure add(const Occurrence& occurrence);

  std::vector<Given> given_;
};

// Puts together what was scanned and what the environment says for flags of groups that look there
// (an empty variable counts as unset; one for a list has its items between commas). Fails with
// kUsage for a switch, a count or a duration that is none, and for a flag that was given twice with
// different values, under whichever of its names.
kube::Expected<GivenFlags> collect(const std::vector<Occurrence>& occurrences, FlagGroups groups,
                                   const Variables& variables);

// A usage error about one value: "--ttl: " and the problem.
kube::Error bad_value(const Given& given, std::string_view problem);

// A value that is a word out of a few: which of them. Fails with kUsage; `what` they are called in
// the error.
kube::Expected<std::size_t> read_choice(const Given& given, std::string_view what,
                                        std::span<const std::string_view> choices);

}  // namespace elector::cmd
