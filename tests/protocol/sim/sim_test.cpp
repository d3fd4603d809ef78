// SPDX-License-Identifier: Apache-2.0
// The simulator as a test: the shipping core keeps its invariants through tens of thousands of
// elections with faults, the same seed gives the same run, and each broken rule is detected.
//
// SIM_MUTANTS: names of the broken variants, separated by spaces; SIM_MUTANT_DIR: the folder of
// their executables.
#include <doctest/doctest.h>
#include <sys/wait.h>

#include <cstdint>
#include <cstdio>
#include <sstream>
#include <string>
#include <utility>

#include "tests/protocol/sim/plan.h"
#include "tests/protocol/sim/tally.h"
#include "tests/protocol/sim/world.h"

namespace elector::tests {
namespace {

// Every variant is run with the seeds from 1 to this.
constexpr std::uint64_t kRuns = 2000;

// How many of them the unbroken core is run with: all, except in a build that is ten times slower.
#if defined(__SANITIZE_ADDRESS__) || !defined(__OPTIMIZE__)
constexpr std::uint64_t kUnbrokenRuns = kRuns / 10;
#else
constexpr std::uint64_t kUnbrokenRuns = kRuns;
#endif

std::string transcript_of(std::uint64_t seed) {
  World world(draw_plan(seed), true);
  world.run();
  return world.transcript();
}

// Runs a command; returns its output and its exit status (-1: it did not exit by itself).
std::pair<std::string, int> run(const std::string& command) {
  std::FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string output;
  char chunk[512];
  while (std::fgets(chunk, sizeof chunk, pipe) != nullptr) output += chunk;
  const int status = ::pclose(pipe);
  return {output, WIFEXITED(status) ? WEXITSTATUS(status) : -1};
}

TEST_CASE("twenty thousand elections with faults break no invariant") {
  Tally sum;
  for (std::uint64_t seed = 1; seed <= kUnbrokenRuns; ++seed) {
    World world(draw_plan(seed), false);
    world.run();
    sum.add(world.counts());
    INFO("replay: elector-sim --seed ", seed);
    CHECK(world.violation() == "");
  }
  MESSAGE(sum.text());
  CHECK(sum.elections >= 10 * kUnbrokenRuns);
  CHECK(sum.vacancies_checked >= 5 * kUnbrokenRuns);
  for (std::size_t i = 0; i < kFaults; ++i) {
    INFO("a kind of fault that never happened: ", name_of(static_cast<Fault>(i)));
    CHECK(sum.faults.at(i) > 0);
  }
  for (std::size_t i = 0; i < kEndings; ++i) {
    INFO("a kind of hand-over that never happened: ", i);
    CHECK(sum.handovers.at(i) > 0);
  }
}

// An event out of the past, a deletion that shows late, a term that was overthrown or undone by a
// restore before it was reported, a first term of all that a restore undid, and a rival that took
// an emptied lock while the work of the former leader still ran.
TEST_CASE("runs that the checks once judged wrongly break no invariant") {
  for (const std::uint64_t seed : {82513, 89743, 84623, 6002975, 8005391, 8000797}) {
    World world(draw_plan(seed), false);
    world.run();
    CHECK_MESSAGE(world.violation() == "", "seed ", seed);
  }
}

TEST_CASE("the same seed gives the same transcript, byte for byte") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const std::string once = transcript_of(seed);
    CHECK(once.size() > 1000);
    CHECK_MESSAGE(once == transcript_of(seed), "seed ", seed);
    CHECK(once != transcript_of(seed + 1));
  }
}

TEST_CASE("a transcript changes nothing of the run") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    World quiet(draw_plan(seed), false);
    World told(draw_plan(seed), true);
    quiet.run();
    told.run();
    CHECK_MESSAGE(quiet.counts().text() == told.counts().text(), "seed ", seed);
  }
}

TEST_CASE("every broken rule is caught within 2,000 runs") {
  std::istringstream names(SIM_MUTANTS);
  std::string name;
  int caught = 0;
  while (names >> name) {
    const auto result = run(std::string(SIM_MUTANT_DIR) + "/elector-sim-" + name +
                            " --quiet --stop-at-first --runs " + std::to_string(kRuns) + " 2>&1");
    const std::string& output = result.first;
    INFO(name, ": ", output);
    // The simulator reports a violation, or an assertion that ships with the core ends the run.
    const bool reported = result.second == 1 && output.find(": rule ") != std::string::npos;
    const bool asserted =
        output.find("/core/") != std::string::npos && output.find("Assertion") != std::string::npos;
    CHECK((reported || asserted));
    MESSAGE(name, ": ", output.substr(0, output.find('\n')));
    ++caught;
  }
  CHECK(caught >= 10);
}

}  // namespace
}  // namespace elector::tests
