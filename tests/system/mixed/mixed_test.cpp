// SPDX-License-Identifier: Apache-2.0
// elector among candidates that are not: hundreds of hand-overs from one side to the other, by
// release, by death and past a stopped leader, on each kind of lock, with one leader throughout.
//
// ELECTOR_TEST_HANDOVERS=N: how many with each kind of rival (500).
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>

#include "tests/system/mixed/mixed_election.h"

namespace elector::tests {
namespace {

int hand_overs_wanted() {
  const char* text = std::getenv("ELECTOR_TEST_HANDOVERS");
  return text == nullptr ? 500 : std::max(1, std::atoi(text));
}

// Runs them at once, and adds up what they came to.
MixedTally run_all(const std::vector<MixedSetup>& setups) {
  std::mutex mutex;
  MixedTally sum;
  std::vector<std::function<void()>> runs;
  for (const MixedSetup& setup : setups) {
    runs.emplace_back([&, setup] {
      MixedElection election(Cluster::get(), setup);
      const MixedTally tally = election.run();
      const std::lock_guard lock(mutex);
      sum.add(tally);
    });
  }
  together(runs);
  return sum;
}

// So many elections of a kind, with the hand-overs shared out among them.
void add(std::vector<MixedSetup>& setups, MixedSetup setup, int elections, int hand_overs) {
  setup.hand_overs = (hand_overs + elections - 1) / elections;
  for (int i = 0; i < elections; ++i) {
    setup.seed = static_cast<std::uint32_t>(1000 * setups.size() + 17);
    setup.rivals = 1 + i % 2;
    setups.push_back(setup);
  }
}

// One lease, which begins for a rival when it looks, and is over for it when it looks again; and
// what dozens of elections at once cost on a machine that does other work, too. The figure itself
// is printed.
Milliseconds longest_vacancy(const RivalOptions& rival) {
  constexpr Milliseconds kSlack{5000};
  return kMixedTtl + 2 * longest_poll(rival) + kSlack;
}

void check(const MixedTally& tally, int wanted, const RivalOptions& rival) {
  MESSAGE(tally.text());
  CHECK(tally.longest_vacancy < longest_vacancy(rival));
  CHECK(tally.violations.empty());
  CHECK(tally.to_rival + tally.to_elector >= wanted);
  CHECK(tally.to_rival > 0);
  CHECK(tally.to_elector > 0);
}

}  // namespace

TEST_SUITE("mixed elections") {
  TEST_CASE("one leads throughout among elector and a client that behaves as client-go does") {
    const int wanted = hand_overs_wanted();
    std::vector<MixedSetup> setups;
    for (const char* lock :
         {"leases", "endpoints", "configmaps", "endpointsleases", "configmapsleases"}) {
      add(setups, {.lock = lock}, 2, wanted / 6);
    }
    add(setups, {.style = RivalStyle::kClientGoPresent}, 2, wanted - 5 * (wanted / 6));
    check(run_all(setups), wanted, {});
  }

  TEST_CASE("one leads throughout among elector and the sidecar of 2016, which never releases") {
    const int wanted = hand_overs_wanted();
    std::vector<MixedSetup> setups;
    add(setups, {.lock = "endpoints", .style = RivalStyle::kSidecar2016}, 24, wanted);
    check(run_all(setups), wanted, sidecar_2016("", "", kMixedTtl));
  }
}

}  // namespace elector::tests
