// SPDX-License-Identifier: Apache-2.0
// A peer that sends endless data, faster than it is read, at every layer: it costs the program its
// connection, and nothing else. Signals, probes and time limits still work, and a job ends with its
// term.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/candidate.h"
#include "tests/support/http.h"
#include "tests/system/e2e/exec_fixture.h"
#include "tests/system/hostile/way.h"

namespace elector::tests {
namespace {

// What the program may take for anything that it must do whatever a peer sends.
constexpr Milliseconds kPrompt{5000};
// How many peers are tried at once.
constexpr int kAtOnce = 2;

Command command_of(Words words, const Way& way) {
  words.insert(words.begin(), elector_binary());
  words.insert(words.begin() + 2, "--kubeconfig=" + way.kubeconfig());
  return {.arguments = std::move(words), .environment = clean_environment()};
}

bool status_gives_up(const EndlessPeer& peer, const ApiServer&) {
  const Way way(peer);
  Process status(command_of({"status", "example", "--request-timeout=1s"}, way));
  const auto code = status.wait_exit(Milliseconds(1000) + kPrompt);
  return code && code != 0 && !status.lines(Process::Stream::kErr).empty();
}

bool run_answers_and_ends(const EndlessPeer& peer, const ApiServer&) {
  const Way way(peer);
  Candidate candidate({.kubeconfig = way.kubeconfig(), .election = "example", .id = "a"});
  const Address address = candidate.http_address();
  // Several probes, since the peer holds the process off and on.
  for (int i = 0; i < 3; ++i) {
    if (http(address, {.path = "/livez"}, kPrompt).status != 200) return false;
  }
  candidate.signal(SIGTERM);
  return candidate.process().wait_exit(kPrompt) == 0;
}

bool exec_gives_up(const EndlessPeer& peer, const ApiServer&) {
  const Way way(peer);
  Process exec(command_of({"exec", "--election=example", "--wait=1s", "--", "true"}, way));
  const auto code = exec.wait_exit(Milliseconds(1000) + kPrompt);
  return code == 124 || code == 125;
}

bool exec_ends(const EndlessPeer& peer, const ApiServer&) {
  const Way way(peer);
  Process exec(command_of({"exec", "--election=example", "--", "true"}, way));
  if (!exec.wait_for_line(Process::Stream::kErr, containing(""))) return false;
  exec.signal(SIGTERM);
  return exec.wait_exit(kPrompt).has_value();
}

// The peer begins while a job runs: the job is killed with the term, at K, and not started again;
// and SIGTERM ends the program.
bool exec_ends_its_job(const EndlessPeer& peer, const ApiServer& api) {
  constexpr Milliseconds kTermOver{1500};  // K of the ttl below
  static std::atomic<int> elections{0};
  const std::string election = "--election=example" + std::to_string(elections++);
  Way way(peer, &api);
  Process exec(command_of({"exec", election, "--ttl=2s", "--", "sh", "-c",
                           "echo $$; trap '' TERM; while :; do sleep 0.1; done"},
                          way));
  const auto line = exec.wait_for_line(Process::Stream::kOut, containing(""));
  if (!line) return false;
  const pid_t job = std::stoi(line->text);
  way.turn_hostile();
  const bool gone = eventually([job] { return process_state(job) == '-'; }, kTermOver + kPrompt) &&
                    exec.running() && exec.lines(Process::Stream::kOut).size() == 1;
  exec.signal(SIGTERM);
  return exec.wait_exit(kPrompt).has_value() && gone;
}

struct Scene {
  const char* what;
  bool (*holds)(const EndlessPeer& peer, const ApiServer& api);
};
constexpr std::array<Scene, 5> kScenes{{
    {"status gives up after --request-timeout", status_gives_up},
    {"run answers /livez and ends with SIGTERM", run_answers_and_ends},
    {"exec gives up after --wait", exec_gives_up},
    {"exec ends with SIGTERM", exec_ends},
    {"exec ends its job with the term, and itself with SIGTERM", exec_ends_its_job},
}};

// A busy machine may be late once; a process that is held is late each time.
bool at_last(const std::function<bool()>& holds) {
  constexpr int kTries = 3;
  for (int i = 0; i < kTries; ++i) {
    if (holds()) return true;
  }
  return false;
}

// What does not hold.
std::vector<std::string> problems_with(const EndlessPeer& peer, const ApiServer& api) {
  std::vector<std::string> problems;
  for (const Scene& scene : kScenes) {
    if (!at_last([&] { return scene.holds(peer, api); })) {
      problems.push_back(peer.what + ": not so: " + scene.what);
    }
  }
  return problems;
}

// Those that $ELECTOR_TEST_PEERS names by a part of what they send, "" for all; one in five without
// the variable.
std::vector<EndlessPeer> chosen_peers() {
  const char* const part = std::getenv("ELECTOR_TEST_PEERS");
  const std::vector<EndlessPeer> all = endless_peers();
  std::vector<EndlessPeer> chosen;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool wanted = part ? all[i].what.find(part) != std::string::npos : i % 5 == 0;
    if (wanted) chosen.push_back(all[i]);
  }
  return chosen;
}

}  // namespace

TEST_SUITE("a peer that sends without end") {
  // Each takes some seconds. So `make test` tries one of each layer, and `make test-hostile` all.
  TEST_CASE("keeps the program from nothing but its answer") {
    const std::vector<EndlessPeer> peers = chosen_peers();
    const bool verbose = std::getenv("ELECTOR_TEST_PEERS") != nullptr;
    const ApiServer api;
    std::atomic<std::size_t> next{0};
    Notes problems;
    const auto work = [&] {
      for (std::size_t i = next++; i < peers.size(); i = next++) {
        const SteadyTime begin = std::chrono::steady_clock::now();
        const auto found = problems_with(peers[i], api);
        for (const std::string& problem : found) problems.add(problem);
        const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
        if (verbose) {
          std::printf("%5.1f s  %-50s %s\n", time.count(), peers[i].what.c_str(),
                      found.empty() ? "good" : "BAD");
          std::fflush(stdout);
        }
      }
    };
    together(std::vector<std::function<void()>>(kAtOnce, work));
    CHECK(!peers.empty());
    for (const std::string& problem : problems.all()) FAIL_CHECK(problem);
  }
}

}  // namespace elector::tests
