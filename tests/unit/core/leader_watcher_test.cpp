// SPDX-License-Identifier: Apache-2.0
// core/leader_watcher: each change of leader is reported once, including changes without an event.
#include "core/leader_watcher.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>

namespace elector::tests {
namespace {

using core::BootTime;
using core::Content;
using core::LeaderWatcher;
using core::LockState;
using core::Observation;
using core::Source;
using core::WallTime;
using std::chrono::milliseconds;
using std::chrono::seconds;

const WallTime kNoon{std::chrono::hours(490000)};

BootTime at(milliseconds since_start) {
  return BootTime(seconds(1000) + since_start);
}

Observation lease(int version, const std::string& holder, int term, milliseconds renewed) {
  return {.content = Content::kRecord,
          .version = std::to_string(version),
          .record = {.holder = holder,
                     .lease_duration = seconds(10),
                     .acquire_time = kNoon + seconds(term),
                     .renew_time = kNoon + renewed,
                     .transitions = term},
          .raw = {}};
}

Observation absent(int version) {
  return {.content = Content::kAbsent, .version = std::to_string(version), .raw = {}};
}

std::string words(const std::optional<core::LeaderChange>& change) {
  if (!change) return "";
  return change->from + " -> " + change->to + " (" + std::string(to_string(change->why)) + ")";
}

// One election on one lock, at noon by the server's clock when it starts.
class One {
 public:
  std::string read(const Observation& seen, milliseconds when) {
    return words(watcher.observe(0, seen, Source::kRead, kNoon + when, at(when)));
  }
  std::string event(const Observation& seen, milliseconds when) {
    return words(watcher.observe(0, seen, Source::kEvent, kNoon + when, at(when)));
  }
  LeaderWatcher watcher;
};

}  // namespace

TEST_CASE("what is found at first is not a change, and is judged by the server's clock") {
  One live;
  CHECK_FALSE(live.watcher.known());
  CHECK(live.read(lease(1, "a", 1, seconds(-4)), seconds(0)) == "");
  CHECK(live.watcher.known());
  CHECK(live.watcher.standing().leader() == "a");
  CHECK(live.watcher.left(at(seconds(1))) == std::optional<core::Duration>(seconds(5)));
  CHECK(live.watcher.next_wake() == at(seconds(6)));
  One dead;
  dead.read(lease(1, "a", 1, seconds(-11)), seconds(0));
  CHECK(dead.watcher.standing().state == LockState::kExpired);
}

TEST_CASE("a record that is not renewed expires by itself, and once") {
  One one;
  one.read(lease(1, "a", 1, seconds(0)), seconds(0));
  CHECK(one.event(lease(2, "a", 1, seconds(4)), seconds(4)) == "");
  CHECK(words(one.watcher.tick(at(seconds(13)))) == "");
  CHECK(one.watcher.next_wake() == at(seconds(14)));
  CHECK(words(one.watcher.tick(at(seconds(14)))) == "a ->  (expired)");
  CHECK(words(one.watcher.tick(at(seconds(15)))) == "");
  CHECK(one.event(lease(3, "b", 2, seconds(16)), seconds(16)) == " -> b (elected)");
}

TEST_CASE("without a leader it asks for a read once per lease, and at most every ten seconds") {
  One one;
  CHECK_FALSE(one.watcher.next_wake());
  one.read(absent(1), seconds(0));
  CHECK(one.watcher.next_wake() == at(seconds(10)));
  one.watcher.tick(at(seconds(11)));
  CHECK(one.watcher.next_wake() == at(seconds(21)));
  Observation slow = lease(2, "a", 1, seconds(-60));
  slow.record.lease_duration = seconds(30);
  One expired;
  expired.read(slow, seconds(0));
  CHECK(expired.watcher.next_wake() == at(seconds(30)));
}

TEST_CASE("an edit of other fields does not extend a record, nor does reading it again") {
  One one;
  one.read(lease(1, "a", 1, seconds(0)), seconds(0));
  CHECK(one.event(lease(2, "a", 1, seconds(0)), seconds(7)) == "");
  CHECK(one.read(lease(2, "a", 1, seconds(0)), seconds(8)) == "");
  CHECK(one.watcher.next_wake() == at(seconds(10)));
  CHECK(one.event(lease(3, "a", 1, seconds(0)), seconds(10)) == "a ->  (expired)");
}

TEST_CASE("a leader whose clock is wrong is followed by this machine's clock once it renews") {
  One one;
  one.read(lease(1, "a", 1, std::chrono::hours(-1)), seconds(0));
  CHECK(one.watcher.standing().leader().empty());
  CHECK(one.event(lease(2, "a", 1, std::chrono::hours(-1) + seconds(2)), seconds(2)) ==
        " -> a (renewed)");
  CHECK(one.watcher.next_wake() == at(seconds(12)));
  // Also where a reading shows it: the server's clock is asked for the first one alone.
  one.read(lease(3, "a", 1, std::chrono::hours(-1) + seconds(4)), seconds(4));
  CHECK(one.watcher.next_wake() == at(seconds(14)));
}

TEST_CASE("of several locks one with a record takes precedence over one without") {
  LeaderWatcher watcher(2);
  watcher.observe(0, {.content = Content::kEmpty, .version = "5", .raw = {}}, Source::kRead, kNoon,
                  at(seconds(0)));
  watcher.observe(1, lease(4, "a", 1, seconds(0)), Source::kRead, kNoon, at(seconds(0)));
  CHECK(watcher.lock() == 1);
  CHECK(watcher.standing().leader() == "a");

  LeaderWatcher bare(2);
  bare.observe(0, absent(5), Source::kRead, kNoon, at(seconds(0)));
  bare.observe(1, {.content = Content::kEmpty, .version = "5", .raw = {}}, Source::kRead, kNoon,
               at(seconds(0)));
  CHECK(bare.lock() == 1);
}

TEST_CASE("of several locks a live record takes precedence over one that was released or is over") {
  for (const Observation& first :
       {lease(3, "", 2, seconds(-60)), lease(3, "dead", 2, seconds(-60)),
        Observation{.content = Content::kUnreadable, .version = "3", .raw = "?"}}) {
    LeaderWatcher watcher(2);
    watcher.observe(0, first, Source::kRead, kNoon, at(seconds(0)));
    watcher.observe(1, lease(4, "a", 1, seconds(0)), Source::kRead, kNoon, at(seconds(0)));
    CHECK(watcher.lock() == 1);
    CHECK(watcher.standing().leader() == "a");
    CHECK(watcher.next_wake() == at(seconds(10)));
    // Its end is reported only after that lock was looked at, and then the first one counts again.
    CHECK(words(watcher.observe(0, first, Source::kRead, kNoon, at(seconds(11)))) == "");
    CHECK(words(watcher.tick(at(seconds(11)))) ==
          "a ->  (" +
              std::string(first.content == Content::kUnreadable ? "unreadable" : "expired") + ")");
  }
}

TEST_CASE("a leader on another lock goes on leading when the first lock is released") {
  LeaderWatcher watcher(2);
  watcher.observe(0, lease(3, "a", 2, seconds(0)), Source::kRead, kNoon, at(seconds(0)));
  watcher.observe(1, lease(4, "a", 2, seconds(0)), Source::kRead, kNoon, at(seconds(0)));
  CHECK(words(watcher.observe(0, lease(5, "", 2, seconds(1)), Source::kEvent, kNoon + seconds(1),
                              at(seconds(1)))) == "");
  CHECK(watcher.lock() == 1);
  CHECK(watcher.standing().leader() == "a");
}

TEST_CASE("a takeover is expired if the record had expired, or nearly so, otherwise handed over") {
  One late;
  late.read(lease(1, "a", 1, seconds(0)), seconds(0));
  CHECK(late.event(lease(2, "b", 2, seconds(9)), milliseconds(9500)) == "a -> b (expired)");
  One early;
  early.read(lease(1, "a", 1, seconds(0)), seconds(0));
  CHECK(early.event(lease(2, "b", 2, seconds(5)), seconds(5)) == "a -> b (handed over)");
}

TEST_CASE("news of the past changes nothing") {
  One one;
  one.read(lease(5, "a", 1, seconds(0)), seconds(0));
  CHECK(one.event(lease(6, "b", 2, seconds(1)), seconds(1)) == "a -> b (handed over)");
  CHECK(one.event(lease(5, "a", 1, seconds(0)), seconds(2)) == "");
  CHECK(one.event(absent(4), seconds(2)) == "");
  CHECK(one.event(absent(7), seconds(3)) == "b ->  (deleted)");
  CHECK(one.event(lease(8, "c", 0, seconds(4)), seconds(4)) == " -> c (elected)");
}

TEST_CASE("of several locks the first with a record counts, when all have been seen") {
  LeaderWatcher watcher(3);
  watcher.observe(1, lease(4, "old", 1, seconds(0)), Source::kRead, kNoon, at(seconds(0)));
  CHECK_FALSE(watcher.known());
  watcher.give_up(2, at(seconds(0)));
  watcher.observe(0, absent(0), Source::kRead, kNoon, at(seconds(0)));
  REQUIRE(watcher.known());
  CHECK(watcher.lock() == 1);
  CHECK(watcher.standing().leader() == "old");
  CHECK(words(watcher.observe(0, lease(5, "new", 0, seconds(1)), Source::kEvent, std::nullopt,
                              at(seconds(1)))) == "old -> new (handed over)");
  CHECK(watcher.lock() == 0);
  CHECK(words(watcher.observe(1, lease(6, "old", 1, seconds(2)), Source::kEvent, std::nullopt,
                              at(seconds(2)))) == "");
  CHECK(words(watcher.observe(0, absent(7), Source::kEvent, std::nullopt, at(seconds(3)))) ==
        "new -> old (handed over)");
}

TEST_CASE("a lock that can no longer be read counts as absent, whatever it showed") {
  One one;
  one.read(lease(1, "a", 1, seconds(0)), seconds(0));
  CHECK(words(one.watcher.give_up(0, at(seconds(1)))) == "a ->  (deleted)");
  CHECK(one.watcher.standing().state == LockState::kAbsent);

  LeaderWatcher two(2);
  two.observe(0, lease(1, "a", 1, seconds(0)), Source::kRead, kNoon, at(seconds(0)));
  two.observe(1, lease(2, "b", 1, seconds(0)), Source::kRead, kNoon, at(seconds(0)));
  two.give_up(0, at(seconds(1)));
  CHECK(two.standing().leader() == "b");
}

// As from a backup that is restored, or by hand.
TEST_CASE("a record that has expired when it appears names no leader, in an event as in a read") {
  for (const auto renewed : {-seconds(32400), -seconds(11), -seconds(10)}) {
    One one;
    one.read(absent(1), seconds(0));
    CHECK(one.event(lease(2, "dead", 1, seconds(5) + renewed), seconds(5)) == "");
    CHECK(one.watcher.standing().state == LockState::kExpired);
    CHECK(one.watcher.standing().leader() == "");
  }
  One partly;
  partly.read(absent(1), seconds(0));
  CHECK(partly.event(lease(2, "a", 1, seconds(-3)), seconds(5)) == " -> a (elected)");
  CHECK(partly.watcher.left(at(seconds(5))) == std::optional<core::Duration>(seconds(2)));
}

TEST_CASE("of events that come late in one burst none names a former leader") {
  One one;
  one.read(lease(1, "a", 1, seconds(0)), seconds(0));
  CHECK(words(one.watcher.tick(at(seconds(10)))) == "a ->  (expired)");
  // Five minutes of silence, then all at once: a's renewals, its release, and b's whole term.
  const seconds now(300);
  int version = 2;
  for (int renewed = 2; renewed < 20; renewed += 2) {
    CHECK(one.event(lease(version++, "a", 1, seconds(renewed)), now) == "");
  }
  CHECK(one.event(lease(version++, "b", 2, seconds(22)), now) ==
        " ->  (expired)");  // a term missed
  CHECK(one.event(lease(version++, "b", 2, seconds(24)), now) == "");
  CHECK(one.event(lease(version++, "c", 3, seconds(297)), now) == " -> c (elected)");
  CHECK(one.event(lease(version++, "c", 3, seconds(299)), now) == "");
  CHECK(one.watcher.left(at(now)) == std::optional<core::Duration>(seconds(9)));
}

TEST_CASE("a reading after a gap shows no leader that has died in it") {
  One one;
  one.read(lease(1, "a", 1, seconds(0)), seconds(0));
  CHECK(one.read(lease(9, "a", 1, seconds(100)), seconds(300)) == "a ->  (expired)");
}

TEST_CASE("a leader whose clock is behind is one from the first renewal that is seen to happen") {
  One one;
  one.read(absent(1), seconds(0));
  const seconds behind(3600);
  CHECK(one.event(lease(2, "a", 1, seconds(1) - behind), seconds(1)) == "");
  CHECK(one.event(lease(3, "a", 1, seconds(3) - behind), seconds(3)) == " -> a (renewed)");
  CHECK(one.watcher.left(at(seconds(3))) == std::optional<core::Duration>(seconds(10)));
  for (int i = 5; i < 60; i += 2) {
    CHECK(one.event(lease(i, "a", 1, seconds(i) - behind), seconds(i)) == "");
    CHECK(one.watcher.standing().leader() == "a");
  }
}

TEST_CASE("renewals in whole seconds of a leader whose clock is behind may come unevenly") {
  One one;
  one.read(lease(1, "a", 1, seconds(-3600)), seconds(0));
  one.event(lease(2, "a", 1, seconds(-3598)), seconds(2));
  REQUIRE(one.watcher.standing().leader() == "a");
  // Written 1.2 s apart, across two full seconds; the first was on its way 0.8 s longer.
  CHECK(one.event(lease(3, "a", 1, seconds(-3596)), milliseconds(2420)) == "");
  CHECK(one.watcher.standing().leader() == "a");
}

TEST_CASE("a renewal is seen to happen whatever was seen of the object just before it") {
  const seconds behind(3600);
  One edited, read;
  for (One* one : {&edited, &read}) {
    one->read(lease(1, "a", 1, seconds(0) - behind), seconds(0));
    one->event(lease(2, "a", 1, seconds(3) - behind), seconds(3));
    CHECK(one->watcher.standing().leader() == "a");
  }
  CHECK(edited.event(lease(3, "a", 1, seconds(3) - behind), milliseconds(5990)) == "");
  CHECK(edited.event(lease(4, "a", 1, seconds(6) - behind), seconds(6)) == "");
  CHECK(edited.watcher.next_wake() == at(seconds(16)));
  CHECK(read.read(lease(2, "a", 1, seconds(3) - behind), milliseconds(5990)) == "");
  CHECK(read.event(lease(3, "a", 1, seconds(6) - behind), seconds(6)) == "");
  CHECK(read.watcher.next_wake() == at(seconds(16)));
}

TEST_CASE("a look at another lock ends no record: the one that counts is looked at first") {
  LeaderWatcher watcher(2);
  const auto read = [&](std::size_t lock, const Observation& seen, milliseconds when) {
    return words(watcher.observe(lock, seen, Source::kRead, kNoon + when, at(when)));
  };
  read(1, absent(1), seconds(0));
  read(0, lease(1, "a", 1, seconds(0)), seconds(0));
  read(0, lease(2, "a", 1, seconds(2)), seconds(2));
  CHECK(read(1, absent(1), milliseconds(12001)) == "");
  CHECK(watcher.standing().leader() == "a");
  CHECK(watcher.next_wake() == at(seconds(12)));
  SUBCASE("which shows that it was renewed") {
    CHECK(read(0, lease(3, "a", 1, seconds(12)), milliseconds(12002)) == "");
    CHECK(watcher.standing().leader() == "a");
  }
  SUBCASE("which shows it as it was") {
    CHECK(read(0, lease(2, "a", 1, seconds(2)), milliseconds(12002)) == "a ->  (expired)");
  }
  SUBCASE("which fails") {
    CHECK(words(watcher.tick(at(seconds(14)))) == "a ->  (expired)");
  }
  SUBCASE("but the next record of that other is one") {
    watcher.give_up(0, at(seconds(13)));
    CHECK(watcher.standing().leader().empty());
  }
}

TEST_CASE("a record that does not show its end is valid for a while from each change") {
  One one;
  Observation bare = lease(1, "a", 1, seconds(0));
  bare.record.lease_duration = seconds(0);
  bare.raw = "1";
  one.read(bare, seconds(3600));
  CHECK(one.watcher.standing().leader() == "a");
  CHECK(one.watcher.left(at(seconds(3600))) ==
        std::optional<core::Duration>(core::kAssumedDuration));
  bare.version = "2";
  bare.raw = "2";
  CHECK(one.event(bare, seconds(3620)) == "");
  CHECK(words(one.watcher.tick(at(seconds(3649)))) == "");
  CHECK(words(one.watcher.tick(at(seconds(3650)))) == "a ->  (expired)");
}

}  // namespace elector::tests
