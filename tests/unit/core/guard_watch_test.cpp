// SPDX-License-Identifier: Apache-2.0
// When a silent guard counts as stopped, and when elector kills what is left itself.
#include "core/guard_watch.h"

#include <doctest/doctest.h>

#include <chrono>

namespace elector::tests {
namespace {

using core::BootTime;
using core::GuardWatch;
using Action = GuardWatch::Action;
using Actions = std::vector<Action>;
using std::chrono::milliseconds;
using std::chrono::seconds;

BootTime at(int time) {
  return BootTime(milliseconds(time));
}

// A hold until then. The guard kills 600 ms later, elector 700 ms later; all is gone after 800 ms.
core::TermLimits held_until(int time) {
  return {.hold_until = at(time), .gone_by = at(time + 800)};
}

}  // namespace

TEST_CASE("a guard that answers in time is left alone, and one that does not is given up") {
  GuardWatch watch(seconds(1));
  CHECK_FALSE(watch.next_wake());
  watch.told(1, at(0));
  watch.told(2, at(300));
  CHECK(watch.next_wake() == at(1000));
  CHECK(watch.tick(at(999)).empty());
  watch.answered(1);
  CHECK(watch.next_wake() == at(1300));
  CHECK(watch.tick(at(1299)).empty());
  CHECK(watch.tick(at(1300)) == Actions{Action::kGiveUp});
  CHECK_FALSE(watch.next_wake());
  CHECK(watch.tick(at(5000)).empty());
}

TEST_CASE("one answer acknowledges everything that was sent before") {
  GuardWatch watch(seconds(1));
  for (const std::uint64_t serial : {1, 2, 3}) watch.told(serial, at(0));
  watch.answered(3);
  CHECK_FALSE(watch.next_wake());
  CHECK(watch.tick(at(9000)).empty());
}

TEST_CASE("what is left shortly before K is killed, even if the guard has answered everything") {
  GuardWatch watch(seconds(1));
  watch.begin(held_until(2000));
  CHECK(watch.next_wake() == at(2700));
  watch.extend(held_until(2200));
  CHECK(watch.next_wake() == at(2900));
  watch.kills();  // and then it is stopped
  CHECK(watch.next_wake() == at(2900));
  CHECK(watch.tick(at(2899)).empty());
  CHECK(watch.tick(at(2900)) == Actions{Action::kAsk, Action::kKillCommand});
  watch.told(7, at(2900));
  // It is asked once, and there is killing until it is gone or the guard is given up.
  CHECK(watch.next_wake() == at(2905));
  CHECK(watch.tick(at(2905)) == Actions{Action::kKillCommand});
  SUBCASE("the guard reports the end") {
    watch.answered(7);
    watch.gone();
    CHECK_FALSE(watch.next_wake());
    CHECK(watch.tick(at(9000)).empty());
  }
  SUBCASE("what does not end in a second is killed again at leisure") {
    watch.answered(7);
    CHECK(watch.tick(at(3901)) == Actions{Action::kKillCommand});
    CHECK(watch.next_wake() == at(4151));
  }
  SUBCASE("the guard is stopped") {
    CHECK(watch.tick(at(3900)) == Actions{Action::kGiveUp});
    CHECK_FALSE(watch.next_wake());
  }
}

TEST_CASE("if the guard does not report a kill that is due, elector kills a little later") {
  struct Row {
    std::size_t processes;
    int kill;  // for a hold until 2000 and K at 3600: an eighth of the time between is 200
  };
  for (const Row& row :
       std::vector<Row>{{0, 3400}, {2000, 3400}, {4000, 3000}, {8000, 2200}, {100000, 2200}}) {
    CAPTURE(row.processes);
    GuardWatch watch(seconds(1));
    watch.begin({.hold_until = at(2000), .gone_by = at(3600)});
    watch.counted(row.processes);
    CHECK(watch.next_wake() == at(row.kill));
    CHECK(watch.tick(at(row.kill - 1)).empty());
    SUBCASE("it says so") {
      watch.kills();
      CHECK(watch.tick(at(3399)).empty());  // and no longer: it may be stopped since
      watch.extend({.hold_until = at(3000), .gone_by = at(4600)});  // it kills for another reason
      CHECK(watch.next_wake() == at(4400));
    }
    SUBCASE("it does not") {
      CHECK(watch.tick(at(row.kill)) == Actions{Action::kAsk, Action::kKillCommand});
      CHECK(watch.next_wake() == at(row.kill + 5));
      watch.kills();  // too late to wait for it
      CHECK(watch.next_wake() == at(row.kill + 5));
    }
    SUBCASE("the next command is small again") {
      watch.kills();
      watch.gone();
      watch.begin({.hold_until = at(12000), .gone_by = at(13600)});
      CHECK(watch.next_wake() == at(13400));
      watch.counted(4000);
      CHECK(watch.next_wake() == at(13000));  // and what the guard reported before is over
    }
  }
}

TEST_CASE("a term that is lost early has to be gone early; a later end changes nothing") {
  GuardWatch watch(seconds(1));
  watch.begin(held_until(2000));
  watch.end(at(2900));
  CHECK(watch.next_wake() == at(2700));
  watch.end(at(1200));
  CHECK(watch.next_wake() == at(1100));
  CHECK(watch.tick(at(1100)) == Actions{Action::kAsk, Action::kKillCommand});
}

TEST_CASE("without a command nothing is to be killed, and the next one starts from the beginning") {
  GuardWatch watch(seconds(1));
  watch.extend(held_until(1000));
  watch.end(at(500));
  CHECK_FALSE(watch.next_wake());
  watch.begin(held_until(1000));
  watch.gone();
  watch.end(at(500));
  CHECK_FALSE(watch.next_wake());
  watch.begin(held_until(1000));
  CHECK(watch.tick(at(1700)).size() == 2);
  watch.gone();
  watch.extend(held_until(1000));
  watch.end(at(500));
  CHECK_FALSE(watch.next_wake());
  watch.begin(held_until(4000));
  CHECK(watch.tick(at(4699)).empty());
  CHECK(watch.tick(at(4700)) == Actions{Action::kAsk, Action::kKillCommand});
}

TEST_CASE("a renewal that comes after all puts the killing off") {
  GuardWatch watch(seconds(1));
  watch.begin(held_until(1000));
  CHECK(watch.tick(at(1700)).size() == 2);
  watch.extend(held_until(4000));
  CHECK(watch.next_wake() == at(4700));
  CHECK(watch.tick(at(4700)) == Actions{Action::kAsk, Action::kKillCommand});
}

TEST_CASE("what becomes known while elector kills does not interrupt that") {
  GuardWatch watch(seconds(1));
  watch.begin(held_until(1000));
  CHECK(watch.tick(at(1700)).size() == 2);
  watch.counted(4000);
  watch.end(at(1750));
  CHECK(watch.next_wake() == at(1705));
}

}  // namespace elector::tests
