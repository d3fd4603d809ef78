// SPDX-License-Identifier: Apache-2.0
// Which variables are reported because nothing reads them.
#include "cmd/cli/stray_variables.h"

#include <doctest/doctest.h>

#include <string>
#include <variant>
#include <vector>

#include "tests/unit/cmd/command_line.h"

namespace elector::tests {
namespace {

// "NAME: REASON" for each that is reported.
std::vector<std::string> strays(const Arguments& line, const Variables& variables) {
  const ParseResult result = parse(line, variables);
  std::vector<std::string> found;
  const auto collect = [&found](const auto& options) {
    if constexpr (requires { options.strays; }) {
      for (const auto& stray : options.strays) found.push_back(stray.name + ": " + stray.reason);
    }
  };
  std::visit(collect, result);
  return found;
}

using Found = std::vector<std::string>;

}  // namespace

TEST_CASE("a variable that no command reads is reported, with what was probably meant") {
  CHECK(strays({"run", "x"}, {{"ELECTOR_HTTP", ":4040"}}) ==
        Found{"ELECTOR_HTTP: --http is not read from the environment; give the flag"});
  CHECK(strays({"exec", "job"}, {{"ELECTOR_WAIT", "5s"}}) ==
        Found{"ELECTOR_WAIT: --wait is not read from the environment; give the flag"});
  CHECK(strays({"run", "x"}, {{"ELECTOR_LEASE_DURATION", "5s"}}) ==
        Found{"ELECTOR_LEASE_DURATION: the variable of this flag is ELECTOR_TTL"});
  CHECK(strays({"run", "x"}, {{"ELECTOR_NAMESPCAE", "a"}}) ==
        Found{"ELECTOR_NAMESPCAE: no command reads it (did you mean ELECTOR_NAMESPACE?)"});
  CHECK(strays({"--election=x"}, {{"ELECTOR_COLOUR", "a"}, {"ELECTOR_TLL", "5s"}}) ==
        Found{"ELECTOR_COLOUR: no command reads it",
              "ELECTOR_TLL: no command reads it (did you mean ELECTOR_TTL?)"});
}

TEST_CASE("a variable of another command, an empty one, and those of Kubernetes are not reported") {
  const Variables others{{"ELECTOR_TTL", "5s"},
                         {"ELECTOR_ID", "a"},
                         {"ELECTOR_LOCK", "leases"},
                         {"ELECTOR_AS_GROUP", "a"},
                         {"ELECTOR_HTTP", ""}};
  for (const char* command : {"run", "exec", "status", "watch", "resign"}) {
    CAPTURE(command);
    CHECK(strays({command, "x"}, others).empty());
  }
  CHECK(strays({"run", "x"}, {{"ELECTOR_SERVICE_HOST", "10.0.0.1"},
                              {"ELECTOR_SERVICE_PORT_HTTP", "80"},
                              {"ELECTOR_PORT", "tcp://10.0.0.1:80"},
                              {"ELECTOR_PORT_80_TCP_ADDR", "10.0.0.1"},
                              {"ELECTOR_METRICS_SERVICE_HOST", "10.0.0.1"},
                              {"ELECTOR_METRICS_PORT_80_TCP", "10.0.0.1"}})
            .empty());
}

}  // namespace elector::tests
