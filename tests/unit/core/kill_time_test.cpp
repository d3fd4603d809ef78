// SPDX-License-Identifier: Apache-2.0
// How much time the killing of a command is given, by the number of its processes.
#include "core/kill_time.h"

#include <doctest/doctest.h>

#include <chrono>
#include <vector>

#include "core/timing.h"

namespace elector::tests {
namespace {

using core::BootTime;
using core::Duration;
using core::TermLimits;
using std::chrono::milliseconds;
using std::chrono::seconds;

BootTime at(int time) {
  return BootTime(milliseconds(time));
}

// The limits of a term whose last renewal was sent at 0.
TermLimits limits_of(const core::Timing& timing) {
  return {.hold_until = BootTime(timing.renew_deadline),
          .gone_by = BootTime(timing.kill_deadline())};
}

}  // namespace

TEST_CASE("the kill begins the earlier the more processes there are, never before the hold's end") {
  struct Row {
    std::size_t processes;
    int gone_by;
    int kill;
  };
  // The hold ends at 6000.
  for (const Row& row : std::vector<Row>{{0, 8000, 7500},
                                         {1, 8000, 7500},
                                         {2500, 8000, 7500},
                                         {2505, 8000, 7499},
                                         {5000, 8000, 7000},
                                         {9995, 8000, 6001},
                                         {10000, 8000, 6000},
                                         {10001, 8000, 6000},
                                         {4000000, 8000, 6000},
                                         {0, 6000, 6000},
                                         {100, 6000, 6000},
                                         {100, 6004, 6000}}) {
    CAPTURE(row.processes);
    CAPTURE(row.gone_by);
    CHECK(core::latest_kill({.hold_until = at(6000), .gone_by = at(row.gone_by)}, row.processes) ==
          at(row.kill));
  }
}

TEST_CASE("the shortest margin has room for 2,000 processes, the default timing for 8,000") {
  for (const int ttl : {2, 3}) {  // L - D = 1 s
    CHECK(core::most_processes(limits_of(core::Timing::from_lease_duration(seconds(ttl)))) == 2500);
  }
  CHECK(core::most_processes(limits_of(core::Timing::from_lease_duration(seconds(10)))) == 8333);
  CHECK(core::most_processes({.hold_until = at(10), .gone_by = at(5)}) == 0);
}

TEST_CASE("up to that number all are gone by K") {
  for (const int ttl : {2, 3, 4, 10, 60}) {
    CAPTURE(ttl);
    const TermLimits limits = limits_of(core::Timing::from_lease_duration(seconds(ttl)));
    const std::size_t most = core::most_processes(limits);
    for (const std::size_t processes : {std::size_t{0}, most / 2, most}) {
      const BootTime kill = core::latest_kill(limits, processes);
      CHECK(kill + core::killing_time(processes) <= limits.gone_by);
      CHECK(kill >= limits.hold_until);
    }
    CHECK(core::latest_kill(limits, most + 1) + core::killing_time(most + 1) > limits.gone_by);
  }
}

TEST_CASE("killing is repeated at once for as long as it may take, then at leisure") {
  CHECK(core::kill_again_after(seconds(1)) == milliseconds(5));
  CHECK(core::kill_again_after(milliseconds(1001)) == milliseconds(250));
  CHECK(core::kill_again_after(milliseconds(2600), 8000) == milliseconds(5));
  CHECK(core::kill_again_after(milliseconds(2601), 8000) == milliseconds(250));
  CHECK_FALSE(core::is_stuck(milliseconds(2600), 8000));
  CHECK(core::is_stuck(milliseconds(2601), 8000));
}

TEST_CASE("counting takes at most one part in fifty of a processor") {
  core::CountSchedule schedule;
  CHECK(schedule.due(at(0)));
  schedule.counted(at(1000), milliseconds(60));
  CHECK_FALSE(schedule.due(at(3999)));
  CHECK(schedule.due(at(4000)));
  schedule.counted(at(4000), Duration::zero());
  CHECK(schedule.due(at(4000)));
  schedule.counted(at(5000), seconds(2));
  CHECK_FALSE(schedule.due(at(104999)));
  schedule.begin();  // the next command
  CHECK(schedule.due(at(5001)));
}

TEST_CASE("a command that is too large is warned of once, and at each doubling") {
  const TermLimits limits{.hold_until = at(2000), .gone_by = at(2500)};  // room for 2500
  core::SizeWarning warning;
  struct Row {
    std::size_t processes;
    bool warns;
  };
  for (const Row& row : std::vector<Row>{{0, false},
                                         {2500, false},
                                         {2501, true},
                                         {2501, false},
                                         {4000, false},
                                         {5001, false},
                                         {5002, true},
                                         {1, false},
                                         {2600, false},
                                         {10003, false},
                                         {10004, true},
                                         {50000, true},
                                         {99999, false}}) {
    CAPTURE(row.processes);
    CHECK(warning.counted(row.processes, limits) == row.warns);
  }
  // With more time there is room for more.
  CHECK_FALSE(core::SizeWarning().counted(5000, {.hold_until = at(2000), .gone_by = at(3000)}));
}

}  // namespace elector::tests
