// SPDX-License-Identifier: Apache-2.0
// Commands that make the guard their tracer, as programs do that must not be debugged: they run as
// if they had not.
#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/system/e2e/exec_fixture.h"

namespace elector::tests {
namespace {

bool has_tracer(pid_t pid) {
  const std::string status = proc(pid, "status");
  return status.find("TracerPid:") != std::string::npos &&
         status.find("TracerPid:\t0\n") == std::string::npos;
}

}  // namespace

TEST_SUITE("elector exec: traced") {
  TEST_CASE("a command that makes its parent its tracer runs to its end, with its own code") {
    const std::vector<std::pair<Words, int>> table{
        {{}, 7},
        {{"signal"}, 7},
        {{"signal", "signal", "stop"}, 7},
        {{"stop"}, 7},
        {{"stop", "signal", "end"}, 140},
        {{"end"}, 140},
        {{"trap"}, 7},
        {{"exec"}, 7},
        {{"exec", "stop", "signal"}, 7},
        {{"exec", "end"}, 140},
        {{"exec", "exec", "trap"}, 7},
        {{"orphan"}, 7},
    };
    std::vector<std::function<void()>> scenarios;
    for (const auto& [how, code] : table) {
      scenarios.emplace_back([how = how, code = code] {
        CAPTURE(how);
        const ElectionName election(Cluster::get().api(), "traced");
        Words command{beat_binary(), "--traced"};
        command.insert(command.end(), how.begin(), how.end());
        const Ended ended = run_to_end({.election = election.text(), .command = command});
        CHECK_MESSAGE(ended.code == code, ended.err);
        CHECK(ended.err.find("killed") == std::string::npos);
      });
    }
    together(scenarios);
  }

  TEST_CASE("a command that makes its parent its tracer is stopped in order") {
    const ElectionName election(Cluster::get().api(), "traced");
    Contender one({.election = election.text(), .command = {beat_binary(), "--traced", "wait"}});
    const pid_t child = one.child();
    REQUIRE(eventually([&] { return has_tracer(child); }));
    CHECK(one.terminate() == 143);
    CHECK(one.log().find("killed") == std::string::npos);
  }
}

}  // namespace elector::tests
