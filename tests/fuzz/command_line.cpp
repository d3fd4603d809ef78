// SPDX-License-Identifier: Apache-2.0
// A command line, one word per line; lines "$NAME=VALUE" are variables of the environment. For any
// input, the options that a command gets keep their rules, and an error has one line. Each word is
// also read as a duration and as an address.
#include "cmd/cli/command_line.h"

#include <csignal>
#include <variant>

#include "cmd/cli/name_checks.h"
#include "cmd/http/address.h"
#include "cmd/output/duration.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/variables.h"

namespace elector::tests {
namespace {

struct Typed {
  std::vector<std::string> arguments;
  Variables variables;
};

Typed typed(std::string_view text) {
  Typed result;
  for (std::string& line : lines_of(text)) {
    std::erase(line, '\0');  // it would end the word
    const std::size_t equals = line.find('=');
    if (line.starts_with('$') && equals != std::string::npos) {
      result.variables[line.substr(1, equals - 1)] = line.substr(equals + 1);
    } else {
      result.arguments.push_back(std::move(line));
    }
  }
  return result;
}

void check_api(const cmd::ApiOptions& options) {
  const auto& limit = options.connection.request_timeout;
  require(!limit || limit->count() >= 0, "no time limit is negative");
  require(options.connection.namespace_.empty() ||
              !cmd::namespace_problem(options.connection.namespace_),
          "a namespace is a namespace's name", options.connection.namespace_);
}

void check_candidate(const cmd::CandidateOptions& options) {
  check_api(options);
  if (options.print_rbac) return;
  require(!cmd::object_name_problem(options.election), "an election is an object's name",
          options.election);
  require(!cmd::identity_problem(options.id), "an identity is one", options.id);
  require(!options.timing.check(), "a timing keeps the rules");
}

void check_result(const cmd::RunOptions& options) {
  check_candidate(options);
  require(options.release_delay >= core::Duration(0), "no delay is negative");
}

void check_result(const cmd::ExecOptions& options) {
  check_candidate(options);
  require(!options.command.empty() || options.print_rbac, "there is a command to run");
  require(!options.wait || *options.wait >= core::Duration(0), "no wait is negative");
  require(options.hold >= core::Duration(0) && options.grace >= core::Duration(0),
          "neither hold nor grace is negative");
  require(options.signal > 0 && options.signal <= SIGRTMAX, "a signal is one");
  require(options.signal != SIGKILL && options.signal != SIGSTOP && options.signal != SIGCHLD,
          "the stop signal can be received");
  require(options.conflict_exit_code >= 0 && options.conflict_exit_code <= 255,
          "an exit code is one");
}

void check_result(const cmd::ObserverOptions& options) {
  check_api(options);
  require(!options.kinds.empty(), "there is a kind to look at");
  require(options.election.empty() || !cmd::object_name_problem(options.election),
          "an election is an object's name", options.election);
}

void check_result(const cmd::ResignOptions& options) {
  check_api(options);
  require(options.print_rbac || !cmd::object_name_problem(options.election),
          "an election is an object's name", options.election);
  require(!options.wait_limit || *options.wait_limit >= core::Duration(0), "no wait is negative");
}

void check_result(const cmd::CopyTo& options) {
  require(!options.folder.empty(), "there is a folder to copy to");
}

void check_result(const cmd::Completion& completion) {
  const std::string text = cmd::to_text(completion);
  require(text.ends_with('\n'), "an answer for the shell is whole lines", text);
  require(count(text, "\n:") + (text.starts_with(':') ? 1 : 0) == 1,
          "and ends with the one on itself", text);
}

void check_result(const cmd::ShowText& shown) {
  require(shown.text.ends_with('\n'), "a text is whole lines", shown.text);
}

void check_result(const cmd::UsageError& error) {
  require(error.exit_code == 2 || error.exit_code == 125, "a usage error has its exit code");
  require(error.text.starts_with("elector") && error.text.ends_with('\n'),
          "a usage error says who speaks", error.text);
  const auto lines = lines_of(error.text);
  // Where no command was typed the error is the list of them.
  const bool lists_commands = error.text.find("\nCommands:\n") != std::string::npos;
  for (const std::string& line : lines)
    require(is_one_line(line), "it is fit for a terminal", line);
  require(lists_commands || lines.size() == 1, "a usage error is one line", error.text);
}

void check_duration(const std::string& word) {
  const auto duration = cmd::parse_duration(word);
  if (!duration) return require_good(duration.error());
  const auto again = cmd::parse_duration(cmd::format_duration(*duration));
  require(again && *again == *duration, "a duration is read as it is written", word);
}

void check_address(const std::string& word) {
  const auto address = cmd::parse_http_address(word);
  if (!address) return require_good(address.error());
  const auto again = cmd::parse_http_address(to_string(*address));
  require(again && *again == *address, "an address is read as it is written", word);
}

void check(std::string_view text) {
  const Typed line = typed(text);
  for (const std::string& word : line.arguments) {
    check_duration(word);
    check_address(word);
  }
  cmd::Surroundings around;
  around.version = "1.2.3";
  around.host_name = [] { return "node-7"; };
  set_variables(line.variables);
  const cmd::ParseResult result = cmd::parse(line.arguments, around);
  std::visit([](const auto& asked) { check_result(asked); }, result);
  if (const auto* error = std::get_if<cmd::UsageError>(&result)) {
    const auto token = line.variables.find("ELECTOR_TOKEN");
    const bool secret = token != line.variables.end() && count(text, kSecret) == 1 &&
                        count(token->second, kSecret) == 1;
    require(!secret || count(error->text, kSecret) == 0, "no token is shown", error->text);
  }
  around.completes = true;
  std::visit([](const auto& asked) { check_result(asked); }, cmd::parse(line.arguments, around));
}

}  // namespace
}  // namespace elector::tests

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  elector::tests::check(elector::tests::text_of(data, size));
  return 0;
}
