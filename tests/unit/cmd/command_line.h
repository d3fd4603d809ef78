// SPDX-License-Identifier: Apache-2.0
// Reads a command line in made-up surroundings, for the tests of the command line.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cmd/cli/command.h"
#include "cmd/cli/command_line.h"
#include "tests/support/variables.h"

namespace elector::tests {

using cmd::ParseResult;
using cmd::RunOptions;
using cmd::ShowText;
using cmd::UsageError;

using Arguments = std::vector<std::string>;

inline cmd::Surroundings surroundings(const Variables& variables = {},
                                      std::string host = "node-7") {
  set_variables(variables);
  cmd::Surroundings around;
  around.version = "1.2.3";
  const auto pod = variables.find("POD_NAME");
  if (pod != variables.end()) around.pod_name = pod->second;
  for (const auto& [name, value] : variables) {
    if (name.starts_with("ELECTOR_") && !value.empty()) around.variables.push_back(name);
  }
  around.host_name = [host] { return host; };
  return around;
}

// The flags of a command as its help shows them.
inline std::unique_ptr<cmd::CommandLine> line_of(const cmd::Command& command) {
  static const cmd::Surroundings around = surroundings();
  return command.line(around);
}

inline ParseResult parse(const Arguments& arguments, const Variables& variables = {}) {
  return cmd::parse(arguments, surroundings(variables));
}

inline std::string usage_error(const Arguments& arguments, const Variables& variables = {}) {
  const ParseResult result = parse(arguments, variables);
  const auto* error = std::get_if<UsageError>(&result);
  return error != nullptr ? error->text : "(no usage error)";
}

inline std::string shown(const Arguments& arguments) {
  const ParseResult result = parse(arguments);
  const auto* text = std::get_if<ShowText>(&result);
  return text != nullptr ? text->text : "(no text)";
}

inline RunOptions run(const Arguments& arguments, const Variables& variables = {}) {
  ParseResult result = parse(arguments, variables);
  if (const auto* error = std::get_if<UsageError>(&result)) FAIL(error->text);
  REQUIRE(std::holds_alternative<RunOptions>(result));
  return std::get<RunOptions>(std::move(result));
}

}  // namespace elector::tests
