// SPDX-License-Identifier: Apache-2.0
#include "cmd/cli/stray_variables.h"

#include <algorithm>

#include "cmd/cli/suggest.h"

namespace elector::cmd {
namespace {

constexpr std::string_view kPrefix = "ELECTOR_";

// Whether the kubelet sets it in pods for a Service: ELECTOR_SERVICE_HOST, ELECTOR_PORT,
// ELECTOR_HTTP_PORT_80_TCP_ADDR.
bool is_of_service(std::string_view name) {
  return name.find("_SERVICE_") != std::string_view::npos || name.ends_with("_PORT") ||
         name.find("_PORT_") != std::string_view::npos;
}

// Whether a flag of the command at hand is read from it: the command line of 2016 is none of the
// commands whose variables are known.
bool is_read(std::string_view name, const Flags& own) {
  const auto all = own.all();
  return std::any_of(all.begin(), all.end(),
                     [&](const Flag* flag) { return flag->variable() == name; });
}

// Returns the flag whose name or alias the variable spells; null for none.
const Flag* flag_of(std::string_view name, const Flags& own) {
  for (const Flag* flag : own.all()) {
    const bool alias = flag->alias().size() > 1 && variable_of(flag->alias()) == name;
    if (alias || variable_of(flag->name()) == name) return flag;
  }
  return nullptr;
}

std::string reason_for(std::string_view name, const Flags& own,
                       std::span<const std::string> known) {
  if (const Flag* flag = flag_of(name, own)) {
    if (flag->variable().empty()) {
      return "--" + flag->name() + " is not read from the environment; give the flag";
    }
    return "the variable of this flag is " + flag->variable();
  }
  // Without what all of them begin with, which would make any two of them near.
  std::vector<std::string_view> ends;
  for (const std::string& variable : known) {
    ends.push_back(std::string_view(variable).substr(kPrefix.size()));
  }
  const auto near = nearest(name.substr(kPrefix.size()), ends);
  return "no command reads it" + (near ? did_you_mean(kPrefix, *near) : "");
}

}  // namespace

std::vector<StrayVariable> stray_variables(std::span<const std::string> names, const Flags& own,
                                           std::span<const std::string> known) {
  std::vector<StrayVariable> found;
  for (const std::string& name : names) {
    const bool is_known = std::find(known.begin(), known.end(), name) != known.end();
    if (is_known || is_read(name, own) || is_of_service(name)) continue;
    found.push_back({name, reason_for(name, own, known)});
  }
  return found;
}

}  // namespace elector::cmd
