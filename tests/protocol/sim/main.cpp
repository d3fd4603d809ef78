// SPDX-License-Identifier: Apache-2.0
// elector-sim: runs the simulated world from seeds.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

#include "tests/protocol/sim/plan.h"
#include "tests/protocol/sim/tally.h"
#include "tests/protocol/sim/world.h"

namespace {

using elector::tests::describe;
using elector::tests::draw_plan;
using elector::tests::Tally;
using elector::tests::World;

std::string tail(const std::string& text, std::size_t lines) {
  std::size_t at = text.size();
  while (at > 0 && lines > 0) {
    --at;
    if (at == 0 || text[at - 1] == '\n') --lines;
  }
  return text.substr(at);
}

// Runs one seed and prints everything that happened.
int replay(std::uint64_t seed) {
  World world(draw_plan(seed), true);
  world.run();
  std::fputs(world.transcript().c_str(), stdout);
  std::printf("plan: %s\n", describe(draw_plan(seed)).c_str());
  std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed),
              world.violation().empty() ? "passed" : world.violation().c_str());
  return world.violation().empty() ? 0 : 1;
}

void show_violation(std::uint64_t seed, const std::string& violation) {
  World again(draw_plan(seed), true);
  again.run();
  std::printf("seed %llu: %s\n%s\n", static_cast<unsigned long long>(seed), violation.c_str(),
              tail(again.transcript(), 60).c_str());
}

int run_many(std::uint64_t from, std::uint64_t runs, bool stop_at_first, bool quiet) {
  Tally sum;
  std::uint64_t failed = 0;
  const auto start = std::chrono::steady_clock::now();
  for (std::uint64_t seed = from; seed < from + runs; ++seed) {
    World world(draw_plan(seed), false);
    world.run();
    sum.add(world.counts());
    if (world.violation().empty()) continue;
    ++failed;
    if (quiet) {
      std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed),
                  world.violation().c_str());
    } else {
      show_violation(seed, world.violation());
    }
    if (stop_at_first) break;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  if (!quiet) std::fputs(sum.text().c_str(), stdout);
  std::printf("%.1f s, %.0f runs and %.0f elections a second\n", took.count(),
              static_cast<double>(sum.runs) / took.count(),
              static_cast<double>(sum.elections) / took.count());
  std::printf("%llu passed, %llu failed\n", static_cast<unsigned long long>(sum.runs - failed),
              static_cast<unsigned long long>(failed));
  return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Simulates elections with faults, and checks that there is one leader.");
  std::uint64_t seed = 0;
  std::uint64_t runs = 1000;
  std::uint64_t from = 1;
  bool stop_at_first = false;
  bool quiet = false;
  auto* replayed = app.add_option("--seed", seed, "replay this run, with a transcript");
  app.add_option("--runs", runs, "how many runs, each from a seed of its own");
  app.add_option("--from", from, "the first seed");
  app.add_flag("--stop-at-first", stop_at_first, "end at the first violation");
  app.add_flag("--quiet", quiet, "no summary, and one line for a violation");
  CLI11_PARSE(app, argc, argv);
  return replayed->count() > 0 ? replay(seed) : run_many(from, runs, stop_at_first, quiet);
}
