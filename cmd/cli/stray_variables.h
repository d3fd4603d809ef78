// SPDX-License-Identifier: Apache-2.0
// Environment variables that look like elector's own and have no effect.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/cli/flags.h"

namespace elector::cmd {

struct StrayVariable {
  std::string name;
  std::string reason;  // why it has no effect, and what to use instead
};

// Returns those of `names` (ELECTOR_…) that no command reads. `own` are the flags of the command at
// hand; `known` are the variables of every command, because an environment may serve several. Not
// those that Kubernetes sets for a Service called elector or elector-NAME.
std::vector<StrayVariable> stray_variables(std::span<const std::string> names, const Flags& own,
                                           std::span<const std::string> known);

}  // namespace elector::cmd
