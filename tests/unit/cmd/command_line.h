// Reads a command line in made-up surroundings, for the tests of the command line.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cmd/cli/command_line.h"

namespace elector::tests {

using cmd::ParseResult;
using cmd::RunOptions;
using cmd::ShowText;
using cmd::UsageError;

using Variables = std::map<std::string, std::string>;
using Arguments = std::vector<std::string>;

inline cmd::Surroundings surroundings(Variables variables = {}, std::string host = "node-7") {
  cmd::Surroundings around;
  around.version = "1.2.3";
  around.variables = [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
  around.host_name = [host] { return host; };
  return around;
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
