// SPDX-License-Identifier: Apache-2.0
// The guard's rules as stories: which message it gets at which moment, and what it does then. And
// the rule that matters for any order of events: the child is being killed, or gone, in time.
#include "core/guard.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <string>
#include <vector>

#include "core/random.h"

namespace elector::tests {
namespace {

using core::BootTime;
using core::Duration;
using core::Guard;
using core::TermLimits;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Seconds since the beginning of the story.
BootTime at(double second) {
  return BootTime(seconds(1000) + milliseconds(std::llround(second * 1000)));
}

// A lease of 10 s with a renew deadline of 6 s, sent at `sent`: held until +6, gone by +8, and so
// killed from +7.5 on.
TermLimits sent_at(double sent) {
  return {.hold_until = at(sent + 6), .gone_by = at(sent + 8)};
}

const char* word(Guard::Action action) {
  switch (action) {
    case Guard::Action::kStart:
      return "start";
    case Guard::Action::kAskToStop:
      return "ask";
    case Guard::Action::kAskTheRest:
      return "ask-the-rest";
    case Guard::Action::kKillAll:
      return "kill";
    case Guard::Action::kStuck:
      return "stuck";
    case Guard::Action::kGone:
      return "gone";
  }
  return "?";
}

// What it does now, in words.
std::string does(Guard& guard) {
  std::string text;
  for (const Guard::Action action : guard.take_actions()) {
    text.append(text.empty() ? "" : " ").append(word(action));
  }
  return text.empty() ? "nothing" : text;
}

std::string does_at(Guard& guard, double second) {
  guard.tick(at(second));
  return does(guard);
}

// A guard whose child has run since 0, in a term that lasts until 6.
Guard running(Duration grace = seconds(20)) {
  Guard guard(grace);
  guard.begin(sent_at(0), at(0));
  CHECK(does(guard) == "start");
  guard.started();
  return guard;
}

}  // namespace

TEST_SUITE("the guard") {
  TEST_CASE("starts the child inside the hold, and not at its end or later") {
    for (const auto& [second, expected] : std::vector<std::pair<double, std::string>>{
             {0, "start"}, {5.999, "start"}, {6, "gone"}, {7, "gone"}, {60, "gone"}}) {
      const auto& given = second;  // clang 14 captures no structured binding
      CAPTURE(given);
      Guard guard(seconds(20));
      guard.begin(sent_at(0), at(second));
      CHECK(does(guard) == expected);
      CHECK(guard.may_run(at(second)) == (expected == "start"));
      CHECK(guard.busy() == (expected == "start"));
    }
  }

  TEST_CASE("lets the child on to exec only while the hold lasts") {
    Guard guard = running();
    CHECK(guard.may_run(at(5.999)));
    CHECK_FALSE(guard.may_run(at(6)));
    guard.end(at(20), at(1));
    CHECK_FALSE(guard.may_run(at(1)));
  }

  TEST_CASE("does nothing while it is renewed") {
    Guard guard = running();
    for (int now = 2; now < 60; now += 2) {
      CHECK(guard.extend(sent_at(now - 0.1), at(now)));
      CHECK(does(guard) == "nothing");
      CHECK(guard.next_wake() == at(now + 5.9));
    }
  }

  TEST_CASE("an extension for an older write shortens nothing") {
    Guard guard = running();
    CHECK(guard.extend(sent_at(4), at(4)));
    CHECK(guard.extend(sent_at(2), at(5)));
    CHECK(does_at(guard, 9.9) == "nothing");
    CHECK(does_at(guard, 10) == "ask");
  }

  TEST_CASE("asks the child to stop at the end of the hold, and kills in time, by itself") {
    Guard guard = running();
    CHECK(does_at(guard, 5.999) == "nothing");
    CHECK(does_at(guard, 6) == "ask");
    CHECK(guard.lapsed());
    CHECK(guard.next_wake() == at(7.5));
    CHECK(does_at(guard, 7.499) == "nothing");
    CHECK(does_at(guard, 7.5) == "kill");
    guard.tree_gone();
    CHECK(does(guard) == "gone");
    CHECK_FALSE(guard.busy());
    CHECK_FALSE(guard.next_wake());
  }

  TEST_CASE("a short grace kills before the lease demands it") {
    Guard guard = running(milliseconds(500));
    CHECK(does_at(guard, 6) == "ask");
    CHECK(does_at(guard, 6.5) == "kill");
    CHECK_FALSE(guard.cut_short());
  }

  TEST_CASE("an extension after the lapse is refused, whenever the guard got to look") {
    for (const double second : {6.0, 6.1, 7.4, 7.6, 30.0}) {
      CAPTURE(second);
      Guard guard = running();
      CHECK_FALSE(guard.extend(sent_at(second - 0.1), at(second)));
      CHECK(guard.lapsed());
      CHECK(does(guard).starts_with("ask"));
      // It stays refused, also with what is left of the child.
      CHECK_FALSE(guard.extend(sent_at(second), at(second)));
    }
  }

  TEST_CASE("a guard that was stopped for long asks and kills at once when it continues") {
    Guard guard = running();
    CHECK(does_at(guard, 100) == "ask kill");
  }

  TEST_CASE("the more processes there are, the earlier it kills, but never inside the hold") {
    struct Row {
      std::size_t processes;
      double kill;
    };
    for (const Row& row :
         std::vector<Row>{{100, 7.5}, {2500, 7.5}, {5000, 7}, {10000, 6}, {1000000, 6}}) {
      CAPTURE(row.processes);
      Guard guard = running();
      guard.counted(1000000);
      guard.counted(row.processes);  // the last count is what counts
      CHECK(guard.extend(sent_at(0), at(1)));
      CHECK(does_at(guard, 5.999) == "nothing");
      CHECK(does_at(guard, 6) == (row.kill == 6 ? "ask kill" : "ask"));
      CHECK(guard.kills() == (row.kill == 6));
      if (row.kill == 6) continue;
      CHECK(guard.next_wake() == at(row.kill));
      CHECK(does_at(guard, row.kill - 0.001) == "nothing");
      CHECK(does_at(guard, row.kill) == "kill");
      CHECK(guard.kills());
    }
  }

  TEST_CASE("a large command is not stuck before the time is over that killing it takes") {
    Guard guard = running();
    guard.counted(5000);
    CHECK(does_at(guard, 7) == "ask kill");
    CHECK(does_at(guard, 9) == "kill");
    CHECK(guard.next_wake() == at(9.005));
    CHECK(does_at(guard, 9.1) == "kill stuck");
  }

  TEST_CASE("the count of one term does not carry over to the next") {
    Guard guard = running();
    guard.counted(10000);
    guard.tree_gone();
    CHECK(does(guard) == "gone");
    guard.begin(sent_at(0), at(1));
    CHECK(does(guard) == "start");
    CHECK(does_at(guard, 6) == "ask");
    CHECK(guard.next_wake() == at(7.5));
  }

  TEST_CASE("an orderly end asks, waits for the grace while it is renewed, then kills") {
    Guard guard = running();
    guard.end(at(21), at(1));
    CHECK(does(guard) == "ask");
    CHECK_FALSE(guard.lapsed());
    for (int now = 2; now < 21; now += 2) {
      CHECK(guard.extend(sent_at(now), at(now)));
      CHECK(does(guard) == "nothing");
    }
    CHECK(does_at(guard, 20.999) == "nothing");
    CHECK(does_at(guard, 21) == "kill");
    CHECK_FALSE(guard.lapsed());
  }

  TEST_CASE("the end of the lease cuts the grace of an orderly end short") {
    Guard guard = running();
    guard.end(at(21), at(1));
    CHECK(does(guard) == "ask");
    CHECK(does_at(guard, 7.499) == "nothing");
    CHECK(guard.lapsed());
    CHECK_FALSE(guard.cut_short());
    CHECK(does_at(guard, 7.5) == "kill");
    CHECK(guard.cut_short());
  }

  TEST_CASE("an extension between two kills, after the end of the hold, is refused too") {
    Guard guard = running();
    guard.end(at(5.999), at(1));
    CHECK(does(guard) == "ask");
    CHECK(does_at(guard, 5.999) == "kill");
    CHECK_FALSE(guard.extend(sent_at(5.9), at(6.001)));
  }

  TEST_CASE("a second request to end hurries, and never gives more time") {
    Guard guard = running();
    guard.end(at(5), at(1));
    CHECK(does(guard) == "ask");
    guard.end(at(30), at(2));
    CHECK(does(guard) == "nothing");
    CHECK(guard.next_wake() == at(5));
    guard.end(at(3), at(3));
    CHECK(does(guard) == "kill");
  }

  TEST_CASE("a child that ends and leaves nothing is gone") {
    Guard guard = running();
    guard.child_ended(at(1));
    guard.tree_gone();
    CHECK(does(guard) == "ask-the-rest gone");
    CHECK_FALSE(guard.busy());
  }

  TEST_CASE("what a child leaves running is asked, then killed within the grace") {
    Guard guard = running(seconds(3));
    guard.child_ended(at(1));
    CHECK(does(guard) == "ask-the-rest");
    CHECK(guard.extend(sent_at(2), at(2)));
    CHECK(does_at(guard, 3.999) == "nothing");
    CHECK(does_at(guard, 4) == "kill");
    CHECK_FALSE(guard.lapsed());
  }

  TEST_CASE("what a child leaves running has no longer than the lease") {
    Guard guard = running();
    guard.child_ended(at(1));
    CHECK(does(guard) == "ask-the-rest");
    CHECK(does_at(guard, 6) == "nothing");
    CHECK(guard.lapsed());
    CHECK(does_at(guard, 7.5) == "kill");
  }

  TEST_CASE("a child that ends when asked to has the rest asked too") {
    Guard guard = running();
    guard.end(at(5), at(1));
    CHECK(does(guard) == "ask");
    guard.child_ended(at(2));
    CHECK(does(guard) == "ask-the-rest");
    CHECK(does_at(guard, 5) == "kill");
  }

  TEST_CASE("when elector is gone the child is asked at once, and has the grace at most") {
    Guard guard = running(seconds(2));
    guard.orphaned(at(1));
    CHECK(does(guard) == "ask");
    CHECK(does_at(guard, 3) == "kill");

    Guard patient = running();
    patient.orphaned(at(1));
    CHECK(does(patient) == "ask");
    CHECK(does_at(patient, 7.5) == "kill");
  }

  TEST_CASE("an end that is asked for after the hold does not lengthen the grace") {
    Guard guard = running(milliseconds(500));
    guard.end(at(100), at(6));
    CHECK(does(guard) == "ask");
    CHECK(does_at(guard, 6.5) == "kill");
  }

  TEST_CASE("killing is repeated until nothing is left, and stuck is reported once") {
    Guard guard = running();
    CHECK(does_at(guard, 6) == "ask");
    int kills = 0;
    int stuck = 0;
    for (int tick = 1500; tick < 2400; ++tick) {
      const double now = tick * 0.005;
      guard.tick(at(now));
      if (tick == 1500) CHECK(guard.next_wake() == at(now + 0.005));
      if (tick == 1701) CHECK(guard.next_wake() == at(now + 0.25));
      for (const Guard::Action action : guard.take_actions()) {
        kills += action == Guard::Action::kKillAll ? 1 : 0;
        stuck += action == Guard::Action::kStuck ? 1 : 0;
      }
      // Within the first second many times, so that what appears meanwhile dies too.
      if (now > 8.4 && now < 8.45) CHECK(kills > 100);
      if (tick <= 1700) CHECK(stuck == 0);  // a second may just be enough
    }
    CHECK(stuck == 1);
    CHECK(kills < 250);  // and then no longer at every moment: what sleeps in the kernel takes long
    guard.tree_gone();
    CHECK(does(guard) == "gone");
  }

  TEST_CASE("an extension while the child drains keeps the lease from cutting in") {
    Guard guard = running();
    guard.end(at(30), at(1));
    CHECK(does(guard) == "ask");
    CHECK(guard.extend(sent_at(5), at(5)));
    CHECK(does_at(guard, 8) == "nothing");
    CHECK(does_at(guard, 12.5) == "kill");
  }

  TEST_CASE("a command that could not be executed ends the term when it is reaped") {
    Guard guard = running();
    guard.not_started();
    CHECK(does(guard) == "nothing");
    guard.child_ended(at(0.1));  // the fork of it
    CHECK(does(guard) == "nothing");
    guard.tree_gone();
    CHECK(does(guard) == "gone");
  }

  TEST_CASE("a second term begins like the first") {
    Guard guard = running();
    CHECK(does_at(guard, 6) == "ask");
    guard.child_ended(at(6.1));
    CHECK(does_at(guard, 7.5) == "ask-the-rest kill");
    CHECK(guard.cut_short());
    guard.tree_gone();
    CHECK(does(guard) == "gone");
    CHECK_FALSE(guard.extend(sent_at(7), at(7)));
    guard.begin(sent_at(20), at(20.1));
    CHECK(does(guard) == "start");
    CHECK_FALSE(guard.lapsed());
    CHECK_FALSE(guard.cut_short());
    CHECK(guard.extend(sent_at(22), at(22)));
    CHECK(does_at(guard, 27.9) == "nothing");
    CHECK(does_at(guard, 28) == "ask");
  }

  TEST_CASE("without a term no message has an effect") {
    Guard guard(seconds(1));
    guard.end(at(1), at(0));
    guard.orphaned(at(0));
    guard.child_ended(at(0));
    guard.tree_gone();
    guard.tick(at(100));
    CHECK(does(guard) == "nothing");
    CHECK_FALSE(guard.next_wake());
  }
}

namespace {

// A child that never ends by itself, under a guard that gets messages in a random order, and looks
// at its clock at the time it announced, or when it gets a message.
class Chaos {
 public:
  explicit Chaos(std::uint64_t seed)
      : random_(seed), guard_(milliseconds(pick(8000))), now_(at(0)), limits_(sent_at(0)) {
    guard_.begin(limits_, now_);
    guard_.take_actions();
    guard_.started();
  }

  void run() {
    for (int step = 0; step < 100 && steps_killing_ < 5; ++step) {
      if (killing_) ++steps_killing_;
      const BootTime before = now_;
      now_ += milliseconds(pick(1500));
      // It wakes at each moment that it asked for, and acts there.
      while (guard_.next_wake() && *guard_.next_wake() <= now_) {
        const BootTime woken = std::max(before, *guard_.next_wake());
        guard_.tick(woken);
        look(woken);
      }
      tell();
      look(now_);
    }
  }

 private:
  std::uint64_t pick(std::uint64_t below) { return random_.next() % below; }

  void tell() {
    switch (pick(8)) {
      case 0:
        guard_.end(now_ + milliseconds(pick(30000)), now_);
        break;
      case 1:
        guard_.child_ended(now_);
        break;
      case 2:
        guard_.tick(now_);
        break;
      case 3:
        if (pick(10) == 0) guard_.orphaned(now_);
        break;
      default: {
        // A renewal that was sent a while ago; it may come too late.
        const BootTime sent = now_ - milliseconds(pick(7000));
        const TermLimits later{.hold_until = sent + seconds(6), .gone_by = sent + seconds(8)};
        const bool in_time = now_ < limits_.hold_until;
        const bool taken = guard_.extend(later, now_);
        if (!in_time) CHECK_FALSE(taken);
        if (taken) {
          limits_.hold_until = std::max(limits_.hold_until, later.hold_until);
          limits_.gone_by = std::max(limits_.gone_by, later.gone_by);
        }
      }
    }
  }

  void look(BootTime moment) {
    for (const Guard::Action action : guard_.take_actions()) {
      if (action == Guard::Action::kKillAll) killing_ = true;
      CHECK(action != Guard::Action::kGone);  // it never got that message
    }
    const BootTime latest = limits_.gone_by - (limits_.gone_by - limits_.hold_until) / 4;
    if (moment >= latest) CHECK(killing_);
    if (killing_) CHECK_FALSE(guard_.may_run(moment));
  }

  core::Random random_;
  Guard guard_;
  BootTime now_;
  TermLimits limits_;
  bool killing_ = false;
  int steps_killing_ = 0;
};

}  // namespace

TEST_SUITE("the guard") {
  TEST_CASE("whatever messages it gets, and when: from three quarters of the way to K it kills") {
    for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
      CAPTURE(seed);
      Chaos(seed).run();
    }
  }
}

}  // namespace elector::tests
