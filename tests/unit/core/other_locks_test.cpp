// SPDX-License-Identifier: Apache-2.0
// Tables for core/other_locks: no standing while a live record of the same name is on another lock
// kind, and how often the other kinds are looked at.
#include "core/other_locks.h"

#include <doctest/doctest.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace elector::tests {
namespace {

using core::BootTime;
using core::Content;
using core::Observation;
using core::OtherLocks;
using core::Record;
using core::WallTime;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Indices = std::vector<std::size_t>;

const WallTime kNoon{std::chrono::hours(490000)};

BootTime at(seconds since_start) {
  return BootTime(seconds(1000) + since_start);
}

core::Now now_at(seconds since_start) {
  return {.boot = at(since_start), .wall = kNoon + since_start};
}

Observation held(int version, const std::string& holder, seconds renewed = seconds(0)) {
  return {.content = Content::kRecord,
          .version = std::to_string(version),
          .record = {.holder = holder,
                     .lease_duration = seconds(15),
                     .acquire_time = kNoon,
                     .renew_time = kNoon + renewed},
          .raw = {}};
}

const Observation kNothing{.content = Content::kAbsent, .version = {}, .raw = {}};

OtherLocks two_kinds() {
  return {2, seconds(10), seconds(2), 0};
}

}  // namespace

TEST_CASE("every other kind is read once before competing, and each read is handed out once") {
  OtherLocks others = two_kinds();
  CHECK_FALSE(others.clear());
  CHECK_FALSE(others.live());
  CHECK(others.next_wake(false) <= at(seconds(0)));
  CHECK(others.take_due(false, at(seconds(0))) == Indices{0, 1});
  CHECK(others.take_due(false, at(seconds(0))).empty());
  CHECK_FALSE(others.next_wake(false));

  others.observe(0, kNothing, std::nullopt, now_at(seconds(0)));
  CHECK_FALSE(others.clear());
  others.observe(1, kNothing, std::nullopt, now_at(seconds(0)));
  CHECK(others.clear());
}

TEST_CASE("a candidate without other kinds may compete at once") {
  OtherLocks others{0, seconds(10), seconds(2), 0};
  CHECK(others.clear());
  CHECK_FALSE(others.next_wake(true));
}

TEST_CASE("a candidate that follows does not read again; one that leads does every 5 minutes") {
  OtherLocks others{1, seconds(10), seconds(2), 0};
  others.take_due(false, at(seconds(0)));
  others.observe(0, kNothing, std::nullopt, now_at(seconds(0)));
  CHECK_FALSE(others.next_wake(false));
  CHECK(others.take_due(false, at(seconds(3600))).empty());
  CHECK(others.next_wake(true) == at(minutes(5)));
  CHECK(others.take_due(true, at(seconds(299))).empty());
  CHECK(others.take_due(true, at(minutes(5))) == Indices{0});
}

TEST_CASE("a record of another kind is live until it was read again after it has expired") {
  OtherLocks others = two_kinds();
  others.take_due(false, at(seconds(0)));
  others.observe(0, kNothing, std::nullopt, now_at(seconds(0)));
  others.observe(1, held(5, "x"), std::nullopt, now_at(seconds(0)));
  CHECK_FALSE(others.clear());
  REQUIRE(others.live());
  CHECK(others.live()->index == 1);
  CHECK(others.live()->holder == "x");
  CHECK_FALSE(others.live()->proven);
  // It is read again when it should have run out, not before.
  CHECK(others.next_wake(false) == at(seconds(15)));
  CHECK(others.take_due(false, at(seconds(14))).empty());
  CHECK(others.take_due(false, at(seconds(15))) == Indices{1});

  SUBCASE("renewed meanwhile, it is proven to live") {
    others.observe(1, held(6, "x", seconds(12)), std::nullopt, now_at(seconds(15)));
    REQUIRE(others.live());
    CHECK(others.live()->proven);
    CHECK(others.next_wake(false) == at(seconds(30)));
  }
  // What no longer lives keeps the candidate out until one more look, a lease and a retry period
  // later, finds that no other candidate has taken it over.
  Observation gone;
  SUBCASE("unchanged, it is dead: an election that was left behind") {
    gone = held(5, "x");
  }
  SUBCASE("released, it is none") {
    gone = held(6, "", seconds(12));
  }
  SUBCASE("edited in other fields, it is as dead as before") {
    gone = held(9, "x");
  }
  if (!gone.version.empty()) {
    others.observe(1, gone, std::nullopt, now_at(seconds(15)));
    CHECK(others.verdict() == OtherLocks::Verdict::kLive);
    CHECK(others.live()->holder == "x");
    CHECK(others.next_wake(false) == at(seconds(15 + 15 + 2)));
    others.observe(1, gone, std::nullopt, now_at(seconds(31)));
    CHECK_FALSE(others.clear());
    others.observe(1, gone, std::nullopt, now_at(seconds(32)));
    CHECK(others.clear());
    CHECK_FALSE(others.live());
    CHECK_FALSE(others.next_wake(false));
  }
}

TEST_CASE("of two rivals the live one is named, not the one that is only waited out") {
  OtherLocks others = two_kinds();
  Observation dead = held(5, "dead", seconds(-60));
  dead.record.acquire_time = kNoon - seconds(90);
  others.observe(0, dead, std::nullopt, now_at(seconds(0)));
  REQUIRE(others.live());
  CHECK(others.live()->holder == "dead");
  others.observe(1, held(6, "x"), std::nullopt, now_at(seconds(0)));
  CHECK(others.live()->index == 1);
  CHECK(others.live()->holder == "x");
}

TEST_CASE("of two elections that were live at once, the one on the later kind waits the longest") {
  struct Row {
    std::size_t preferred;  // 0: our own kind comes first
    seconds until;          // the rival's lease is 15 s, and it was gone at 1 s
  };
  for (const Row row : {Row{0, seconds(1 + 15 + 2)}, Row{1, seconds(1 + 3 * 15 + 2 * 2)}}) {
    OtherLocks others{1, seconds(10), seconds(2), row.preferred};
    others.observe(0, held(5, "x"), std::nullopt, now_at(seconds(0)));
    others.observe(0, held(6, ""), std::nullopt, now_at(seconds(1)));
    CHECK_FALSE(others.clear());
    CHECK(others.next_wake(false) == at(row.until));
    CHECK(others.take_due(false, at(row.until - seconds(1))).empty());
    CHECK(others.take_due(false, at(row.until)) == Indices{0});
    CHECK_FALSE(others.clear());

    OtherLocks vacant = others;
    vacant.observe(0, held(6, ""), std::nullopt, now_at(row.until));
    CHECK(vacant.clear());
    OtherLocks taken_over = others;
    taken_over.observe(0, held(7, "y", row.until), std::nullopt, now_at(row.until));
    CHECK(taken_over.verdict() == OtherLocks::Verdict::kLive);
    CHECK(taken_over.live()->holder == "y");
    OtherLocks unreadable = others;
    unreadable.failed(0, at(row.until));
    CHECK(unreadable.verdict() == OtherLocks::Verdict::kLookFailed);
    CHECK(unreadable.next_wake(false) == at(row.until + seconds(2)));
    OtherLocks forbidden = others;
    forbidden.forbidden(0);
    CHECK(forbidden.clear());
    CHECK_FALSE(forbidden.next_wake(false));
  }
}

// Two candidates without --lock, each alone on its kind, that begin and look at the same moments.
TEST_CASE("of two elections that began at one moment, one continues, after one step down of each") {
  struct Side {
    OtherLocks others;
    Observation lock = kNothing;
    bool leads = false;
    int stepped_down = 0;
  };
  std::array<Side, 2> sides{Side{.others = {1, seconds(15), seconds(2), 0}},
                            Side{.others = {1, seconds(15), seconds(2), 1}}};
  int version = 1;
  for (seconds now(0); now < hours(3); now += seconds(1)) {
    const std::array shown{sides[0].lock, sides[1].lock};
    for (std::size_t i = 0; i < 2; ++i) {
      Side& side = sides[i];
      for (const std::size_t due : side.others.take_due(side.leads, at(now))) {
        side.others.observe(due, shown[1 - i], std::nullopt, now_at(now));
      }
      if (side.leads && !side.others.clear()) {
        ++side.stepped_down;
        side.lock = held(++version, "", now);
      } else if (side.others.clear()) {
        side.lock = held(++version, i == 0 ? "a" : "b", now);
      }
      side.leads = side.others.clear();
    }
    INFO("after ", now.count(), " s");
    if (now > minutes(10)) CHECK((sides[0].leads && !sides[1].leads));
  }
  CHECK(sides[0].stepped_down == 1);
  CHECK(sides[1].stepped_down == 1);
}

TEST_CASE("what never lived keeps no candidate out once it has been waited out") {
  OtherLocks others{1, seconds(10), seconds(2), 1};
  SUBCASE("a record that was over when it was first seen") {
    others.observe(0, held(5, "x"), std::nullopt, now_at(seconds(100)));
    others.observe(0, held(5, "x"), std::nullopt, now_at(seconds(115)));
  }
  SUBCASE("a vacancy") {
    others.observe(0, held(5, ""), std::nullopt, now_at(seconds(0)));
  }
  SUBCASE("the record of a multi-lock that holds our own kind too") {
    const auto own = held(4, "x").record;
    others.observe(0, held(5, "x"), std::nullopt, now_at(seconds(0)));
    others.observe(0, held(6, "x", seconds(1)), own, now_at(seconds(1)));
  }
  CHECK(others.clear());
}

TEST_CASE("a record that takes the place of a vacancy is not yet proven to be renewed") {
  OtherLocks others{1, seconds(10), seconds(2), 0};
  others.observe(0, held(4, ""), std::nullopt, now_at(seconds(0)));
  others.observe(0, held(5, "x", seconds(1)), std::nullopt, now_at(seconds(1)));
  REQUIRE(others.live());
  CHECK_FALSE(others.live()->proven);

  others.observe(0, held(6, "x", seconds(2)), std::nullopt, now_at(seconds(2)));
  CHECK(others.live()->proven);
  // Proof of life ends with the holder.
  others.observe(0, held(7, "", seconds(3)), std::nullopt, now_at(seconds(3)));
  others.observe(0, held(8, "y", seconds(4)), std::nullopt, now_at(seconds(4)));
  CHECK_FALSE(others.live()->proven);
}

TEST_CASE("a record that was renewed is proven to live no longer when it is gone") {
  OtherLocks others{1, seconds(10), seconds(2), 1};
  others.observe(0, held(5, "x"), std::nullopt, now_at(seconds(0)));
  others.observe(0, held(6, "x", seconds(2)), std::nullopt, now_at(seconds(2)));
  REQUIRE(others.live());
  CHECK(others.live()->proven);
  others.observe(0, kNothing, std::nullopt, now_at(seconds(4)));
  REQUIRE(others.live());  // it lived a moment ago
  CHECK_FALSE(others.live()->proven);
}

TEST_CASE("one holder that writes both kinds is one election: a multi-lock while moving") {
  OtherLocks others{1, seconds(10), seconds(2), 0};
  Record own = held(1, "x").record;
  // The annotation keeps whole seconds, the Lease microseconds.
  own.acquire_time = kNoon + milliseconds(700);

  SUBCASE("same holder, same acquireTime to the second") {
    others.observe(0, held(5, "x"), own, now_at(seconds(0)));
    CHECK(others.clear());
    CHECK_FALSE(others.live());
  }
  SUBCASE("not with another holder") {
    others.observe(0, held(5, "y"), own, now_at(seconds(0)));
    CHECK(others.live());
  }
  SUBCASE("not when it was acquired at another time: the same name stands twice") {
    own.acquire_time = kNoon + seconds(1);
    others.observe(0, held(5, "x"), own, now_at(seconds(0)));
    CHECK(others.live());
  }
  SUBCASE("not when either does not say when it was acquired") {
    Observation seen = held(5, "x");
    SUBCASE("theirs") {
      seen.record.acquire_time.reset();
    }
    SUBCASE("ours") {
      own.acquire_time.reset();
    }
    others.observe(0, seen, own, now_at(seconds(0)));
    CHECK(others.live());
  }
  SUBCASE("not without a record of our own kind") {
    others.observe(0, held(5, "x"), std::nullopt, now_at(seconds(0)));
    CHECK(others.live());
  }
}

TEST_CASE("a kind that the API forbids to read counts as empty, and is not read again") {
  OtherLocks others{1, seconds(10), seconds(2), 0};
  CHECK(others.take_due(false, at(seconds(0))) == Indices{0});
  others.forbidden(0);
  CHECK(others.clear());
  CHECK_FALSE(others.live());
  CHECK_FALSE(others.next_wake(true));
  CHECK(others.take_due(true, at(seconds(3600))).empty());

  SUBCASE("also when a record was seen there before") {
    OtherLocks again{1, seconds(10), seconds(2), 0};
    again.observe(0, held(5, "x"), std::nullopt, now_at(seconds(0)));
    again.forbidden(0);
    CHECK(again.clear());
    CHECK_FALSE(again.live());
  }
}

TEST_CASE("a read that failed is tried again after a retry period") {
  OtherLocks others{1, seconds(10), seconds(2), 0};
  others.take_due(false, at(seconds(0)));
  others.failed(0, at(seconds(1)));
  CHECK_FALSE(others.clear());
  CHECK(others.next_wake(false) == at(seconds(3)));
  CHECK(others.take_due(false, at(seconds(2))).empty());
  CHECK(others.take_due(false, at(seconds(3))) == Indices{0});
}

TEST_CASE("a multi-lock is one election also if the own lock is read after the other kind") {
  OtherLocks others{1, seconds(10), seconds(2), 0};
  Record own = held(1, "x").record;
  own.acquire_time = kNoon + milliseconds(700);
  others.observe(0, held(5, "x"), std::nullopt, now_at(seconds(0)));
  CHECK_FALSE(others.clear());
  SUBCASE("by what it shows then") {
    others.note_own(std::nullopt, at(seconds(0)));
    CHECK_FALSE(others.clear());
    others.note_own(own, at(seconds(0)));
    CHECK(others.clear());
    CHECK_FALSE(others.live());
    CHECK(others.next_wake(true) == at(minutes(5)));
  }
  SUBCASE("which need not name the same holder or term") {
    Record other = own;
    other.holder = "y";
    others.note_own(other, at(seconds(0)));
    other = own;
    *other.acquire_time += seconds(1);
    others.note_own(other, at(seconds(0)));
    CHECK_FALSE(others.clear());
  }
  SUBCASE("and a term that follows on the own lock makes no rival of the old record") {
    others.note_own(own, at(seconds(0)));
    Record next = own;
    next.holder = "me";
    *next.acquire_time += seconds(9);
    others.note_own(next, at(seconds(9)));
    CHECK(others.clear());
  }
  SUBCASE("also while the record was waited out") {
    others.observe(0, held(6, ""), std::nullopt, now_at(seconds(1)));
    CHECK_FALSE(others.clear());
    others.note_own(own, at(seconds(1)));
    CHECK_FALSE(others.clear());
    others.observe(0, held(7, "x", seconds(1)), std::nullopt, now_at(seconds(2)));
    others.note_own(own, at(seconds(2)));
    CHECK(others.clear());
  }
}

TEST_CASE("the verdict names what prevents competing: a live election before an unknown one") {
  using Verdict = OtherLocks::Verdict;
  OtherLocks others = two_kinds();
  CHECK(others.verdict() == Verdict::kUnknown);
  others.take_due(false, at(seconds(100)));
  others.failed(0, at(seconds(100)));
  CHECK(others.verdict() == Verdict::kLookFailed);
  others.observe(1, held(5, "x", seconds(99)), std::nullopt, now_at(seconds(100)));
  CHECK(others.verdict() == Verdict::kLive);
  others.observe(1, held(6, ""), std::nullopt, now_at(seconds(101)));
  CHECK(others.verdict() == Verdict::kLive);
  others.observe(1, held(6, ""), std::nullopt, now_at(seconds(150)));
  CHECK(others.verdict() == Verdict::kLookFailed);
  others.observe(0, held(7, "y", seconds(152)), std::nullopt, now_at(seconds(152)));
  CHECK(others.verdict() == Verdict::kLive);
  others.observe(0, kNothing, std::nullopt, now_at(seconds(153)));
  CHECK(others.verdict() == Verdict::kLive);
  others.observe(0, kNothing, std::nullopt, now_at(seconds(200)));
  CHECK(others.verdict() == Verdict::kClear);
}

TEST_CASE("a record that is over by its own times when it is first seen seems dead") {
  using Verdict = OtherLocks::Verdict;
  OtherLocks others{1, seconds(10), seconds(2), 0};
  others.observe(0, held(5, "x"), std::nullopt, now_at(seconds(100)));
  CHECK(others.verdict() == Verdict::kSeemsDead);
  CHECK(others.live());
  SUBCASE("not once it was seen to change") {
    others.observe(0, held(6, "x", seconds(1)), std::nullopt, now_at(seconds(115)));
    CHECK(others.verdict() == Verdict::kLive);
  }
  SUBCASE("until it was waited out") {
    others.observe(0, held(5, "x"), std::nullopt, now_at(seconds(115)));
    CHECK(others.verdict() == Verdict::kClear);
  }
  SUBCASE("and when it cannot be read again, that is why") {
    others.failed(0, at(seconds(115)));
    CHECK(others.verdict() == Verdict::kLookFailed);
  }
  SUBCASE("of one that is forbidden nothing is known, and nothing kept back for") {
    others.forbidden(0);
    CHECK(others.verdict() == Verdict::kClear);
  }
}

}  // namespace elector::tests
