// SPDX-License-Identifier: Apache-2.0
#include "cmd/cli/complain.h"

#include <cstdio>
#include <string>

#include "cmd/cli/command_line.h"
#include "cmd/output/text.h"
#include "core/exit_code.h"

namespace elector::cmd {

int complain(std::string_view command, const Error& error, const ApiOptions& options) {
  const std::string message = escaped(name_variables(error.message, options.from_environment));
  std::fprintf(stderr, "elector %.*s: %s\n", static_cast<int>(command.size()), command.data(),
               message.c_str());
  return error.kind == Error::Kind::kUsage ? kExitUsage : kExitFailed;
}

}  // namespace elector::cmd
