// SPDX-License-Identifier: Apache-2.0
// What could be typed next: the part of the completions that knows the command line.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "cmd/cli/complete_line.h"
#include "tests/unit/cmd/command_line.h"

namespace elector::tests {
namespace {

using cmd::Completion;
using cmd::Offer;

Completion complete(const Arguments& words, const Variables& variables = {}) {
  return cmd::complete_line(words, surroundings(variables));
}

// "PREFIX TEXT TEXT…", or which names are to be looked up, or where the command begins.
std::string summary(const Arguments& words) {
  const Completion completion = complete(words);
  if (completion.command) return "command " + std::to_string(*completion.command);
  std::string text;
  for (const cmd::Suggestion& suggestion : completion.suggestions) {
    text.append(text.empty() ? "" : " ").append(suggestion.text);
  }
  if (completion.offer == Offer::kNothing) return text;
  constexpr std::array kNames{"",      "files",      "contexts", "clusters",
                              "users", "namespaces", "elections"};
  text.append(kNames.at(static_cast<std::size_t>(completion.offer)));
  if (!completion.prefix.empty()) text.append(" behind ").append(completion.prefix);
  return text + (completion.typed.empty() ? "" : " like " + completion.typed);
}

TEST_CASE("what may follow depends on the command, the flags before, and what is typed") {
  struct Row {
    Arguments words;
    std::string expected;
  };
  const std::vector<Row> rows{
      {{""}, "run exec status watch resign help"},
      {{"res"}, "resign"},
      {{"nonsense", ""}, ""},
      {{"help", "e"}, "exec"},
      {{"--ele"}, "--election="},
      {{"--election=x", "--lock=end"}, "--lock=endpoints --lock=endpointsleases"},
      {{"--election=x", ""}, ""},
      {{"run", ""}, "elections"},
      {{"run", "ex"}, "elections like ex"},
      {{"run", "example", ""}, ""},
      {{"run", "--election=example", ""}, ""},
      {{"run", "--election=ex"}, "elections behind --election= like ex"},
      {{"run", "--lock", "c"}, "configmaps configmapsleases"},
      {{"run", "--lock=leases", "--loc"}, ""},
      {{"run", "--as-group=a", "--as-g"}, "--as-group="},
      {{"run", "--lease-duration=5", "--tt"}, ""},
      {{"run", "--", ""}, "elections"},
      {{"run", "-n", "kube"}, "namespaces like kube"},
      {{"run", "-nkube"}, "namespaces behind -n like kube"},
      {{"run", "-n=kube"}, "namespaces behind -n= like kube"},
      {{"run", "--kubeconfig="}, "files behind --kubeconfig="},
      {{"run", "--context", ""}, "contexts"},
      {{"run", "--cluster", ""}, "clusters"},
      {{"run", "--user", "a"}, "users like a"},
      {{"run", "--ttl", ""}, ""},
      {{"run", "--nonsense", ""}, "elections"},
      {{"resign", "--force="}, "--force=true --force=false"},
      {{"resign", "x", "--wai"}, "--wait"},
      {{"status", "-o", ""}, "wide json yaml name"},
      {{"status", "-oj"}, "-ojson"},
      {{"watch", "-o", ""}, "json"},
      {{"watch", "x", "--for", "l"}, "leader"},
      {{"watch", "x", "--for=i"}, "--for=id="},
      {{"exec", "--on-loss", ""}, "rejoin exit"},
      {{"exec", "--cgroup", ""}, "auto never"},
      {{"exec", "--signal=U"}, "--signal=USR1 --signal=USR2"},
      {{"exec", ""}, "command 1"},
      {{"exec", "example", "--", ""}, "command 3"},
      {{"exec", "--hold=1m", "example", "--", "./job", ""}, "command 4"},
      {{"exec", "./job", "--", ""}, "command 1"},
      {{"exec", "--wait=0", "ls"}, "command 2"},
      {{"exec", "--id", "a", "--", ""}, "command 4"},
      {{"exec", "ls", "--lo"}, "command 1"},
      {{"exec", "--election", "e"}, "elections like e"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.words);
    CHECK(summary(row.words) == row.expected);
  }
}

TEST_CASE("every value that is offered is one that the command accepts") {
  for (const cmd::Command* command : cmd::commands()) {
    const auto command_line = line_of(*command);
    for (const cmd::Flag* flag : command_line->flags.all()) {
      const std::string name = "--" + flag->name();
      for (const auto& offered : complete({std::string(command->name), name + "="}).suggestions) {
        const std::string word = offered.text + (offered.text.ends_with("=id=") ? "me" : "");
        Arguments line{std::string(command->name), word};
        if (command->name == "exec") line.insert(line.end(), {"--", "./x"});
        if (flag->name() != "all-namespaces") line.insert(line.begin() + 1, "--election=x");
        CAPTURE(line);
        CHECK(usage_error(line) == "(no usage error)");
      }
    }
  }
}

TEST_CASE("every flag of every command is offered, and no other name of it") {
  for (const cmd::Command* command : cmd::commands()) {
    const auto command_line = line_of(*command);
    for (const cmd::Flag* flag : command_line->flags.all()) {
      const std::string name = "--" + flag->name();
      const auto offered = complete({std::string(command->name), name}).suggestions;
      const bool found = std::any_of(offered.begin(), offered.end(), [&](const auto& one) {
        return one.text == name + (flag->takes_value() ? "=" : "");
      });
      CHECK_MESSAGE(found, (std::string(command->name) + " " + name));
      if (flag->alias().size() < 2) continue;
      CHECK(summary({std::string(command->name), "--" + flag->alias()}).empty());
    }
  }
}

TEST_CASE("names are looked up where the flags before the cursor, or the variables, point") {
  const Completion typed =
      complete({"run", "-n", "one", "--context=two", "--lock=endpointsleases", ""});
  CHECK(typed.connection.namespace_ == "one");
  CHECK(typed.connection.context == "two");
  CHECK(typed.kinds == std::vector{kube::LockKind::kEndpoints, kube::LockKind::kLease});
  const Completion exported = complete({"status", ""}, {{"ELECTOR_NAMESPACE", "three"}});
  CHECK(exported.connection.namespace_ == "three");
  CHECK(exported.kinds.size() == 3);
  // Not at all, if that is a contradiction.
  CHECK(complete({"run", "--context=a", "--context=b", ""}).offer == Offer::kNothing);
}

TEST_CASE("the answer has a line for each, and tells the shell what else to do") {
  CHECK(cmd::to_text(complete({"resign", "--forc"})) ==
        "--force\tclear the lock without asking; the old leader may still work\n:4\n");
  CHECK(cmd::to_text(complete({"watch", "x", "--for=id"})) == "--for=id=\n:6\n");
  CHECK(cmd::to_text(complete({"run", "--kubeconfig="})) == ":0\n");
  CHECK(cmd::to_text(complete({"run", "--ttl="})) == ":4\n");
  CHECK(cmd::to_text(complete({"exec", "--", ""})) == ":command 2\n");
  Completion for_kubectl = complete({"exec", "--", ""});
  for_kubectl.for_kubectl = true;
  CHECK(cmd::to_text(for_kubectl) == ":0\n");
  // A name that would be taken for two lines is left out.
  Completion odd = complete({"run", "--context="});
  odd.add("fine", "");
  odd.add("two\nlines", "");
  CHECK(cmd::to_text(odd) == "--context=fine\n:4\n");
}

TEST_CASE("kubectl gets the answer from a link named kubectl_complete-elector") {
  cmd::Surroundings around = surroundings();
  around.completes = true;
  const auto parsed = cmd::parse(Arguments{"exec", ""}, around);
  REQUIRE(std::holds_alternative<Completion>(parsed));
  CHECK(std::get<Completion>(parsed).for_kubectl);
  CHECK(cmd::Surroundings::of_process("/bin/kubectl_complete-elector").completes);
  const auto plugin = cmd::Surroundings::of_process("/bin/kubectl-elector");
  CHECK_FALSE(plugin.completes);
  CHECK(plugin.program == "kubectl elector");
}

}  // namespace
}  // namespace elector::tests
