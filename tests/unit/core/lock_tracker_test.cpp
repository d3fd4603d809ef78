// SPDX-License-Identifier: Apache-2.0
// Tables for core/lock_tracker: from when on a lock may be taken, what counts as a change, and
// which of one's own writes a lock shows. Design's rules for vacancies are the sentences here.
#include "core/lock_tracker.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

namespace elector::tests {
namespace {

using core::BootTime;
using core::Change;
using core::Claim;
using core::Content;
using core::Duration;
using core::LockTracker;
using core::Now;
using core::Observation;
using core::Record;
using core::SentWrite;
using core::Source;
using core::WallTime;
using std::chrono::seconds;

constexpr seconds kOwnDuration{10};  // what the tracker's owner would hold the lock for
constexpr seconds kNever{-1};        // in a row: free at once

BootTime at(seconds since_start) {
  return BootTime(seconds(1000) + since_start);
}

WallTime wall(int second) {
  return WallTime(std::chrono::hours(490000) + seconds(second));
}

Claim claim_by(const std::string& instance, const std::string& nonce, const Record& record) {
  return {.instance = instance,
          .nonce = nonce,
          .holder = record.holder,
          .renew_time = record.renew_time};
}

Observation no_object() {
  return {.content = Content::kAbsent, .version = {}, .raw = {}};
}

Observation no_record(int version) {
  return {.content = Content::kEmpty, .version = std::to_string(version), .raw = {}};
}

Observation nonsense(int version, const std::string& text = "{nonsense") {
  return {.content = Content::kUnreadable, .version = std::to_string(version), .raw = text};
}

// A record by a client that is not elector: without a claim.
Observation foreign(int version, const std::string& holder, seconds duration, int renewed = 0) {
  return {.content = Content::kRecord,
          .version = std::to_string(version),
          .record = {.holder = holder,
                     .lease_duration = duration,
                     .acquire_time = wall(0),
                     .renew_time = wall(renewed)},
          .raw = {}};
}

// A record by an elector process.
Observation held(int version, const std::string& holder, seconds duration,
                 const std::string& instance, int renewed = 0) {
  Observation seen = foreign(version, holder, duration, renewed);
  seen.claim = claim_by(instance, instance + "-" + std::to_string(version), seen.record);
  return seen;
}

Observation released(int version, const std::string& instance) {
  return held(version, "", seconds(1), instance, version);
}

Observation released_by_foreigner(int version) {
  return foreign(version, "", seconds(1), version);
}

Observation force_released(int version) {
  Observation seen = released(version, "whoever-forced-it");
  seen.claim->forced = true;
  return seen;
}

Observation of_term(Observation seen, std::int64_t transitions) {
  seen.record.transitions = transitions;
  return seen;
}

// What a client that keeps foreign annotations makes of a lock: its record, the old claim.
Observation carried_along(Observation record, const Observation& before) {
  record.claim = before.claim;
  return record;
}

Observation newer(Observation seen, int version) {
  seen.version = std::to_string(version);
  return seen;
}

}  // namespace

// Each row shows the tracker one observation a second, from 0s on, and gives the time after the
// last one during which the lock must be left alone.
TEST_CASE("a vacancy may be taken at once only if it was left in form") {
  struct Row {
    const char* sentence;
    std::vector<Observation> history;
    seconds wait;  // after the last observation; kNever: none
  };
  const Observation by_a = held(5, "a", seconds(15), "a1");
  const Observation by_x = foreign(5, "x", seconds(15));
  const Row rows[] = {
      {"a lock that never was is free", {no_object()}, kNever},
      {"an object on which nobody ever stood is free", {no_record(3)}, kNever},
      {"a lock that was found released is free", {released(3, "a1")}, kNever},
      {"also when somebody else's program released it", {released_by_foreigner(3)}, kNever},
      {"a holder's record is waited out for the record's own duration", {by_a}, seconds(15)},
      {"also when that is longer than ours", {foreign(5, "x", seconds(60))}, seconds(60)},
      {"and when it is shorter", {foreign(5, "x", seconds(3))}, seconds(3)},
      {"a holder without a duration is waited out for ours",
       {foreign(5, "x", seconds(0))},
       kOwnDuration},
      {"a holder with a negative duration too", {foreign(5, "x", seconds(-7))}, kOwnDuration},
      {"a renewal starts the wait again", {by_a, held(6, "a", seconds(15), "a1", 1)}, seconds(15)},
      {"so does a renewal that only the nonce tells",
       {by_a, held(6, "a", seconds(15), "a1")},
       seconds(15)},
      {"the holder's release is free at once", {by_a, released(6, "a1")}, kNever},
      {"a release that another process wrote is waited out: the holder may not know of it",
       {by_a, released(6, "b1")},
       seconds(15)},
      {"also one by a process with the holder's name", {by_a, released(6, "a2")}, seconds(15)},
      {"a release without a claim under an elector is waited out",
       {by_a, released_by_foreigner(6)},
       seconds(15)},
      {"a release with the holder's claim carried along is no release in form",
       {by_a, carried_along(released_by_foreigner(6), by_a)},
       seconds(15)},
      {"a release by a holder that is no elector is free at once: it knows no claims",
       {by_x, released_by_foreigner(6)},
       kNever},
      {"a holder whose claim is stale is no elector",
       {by_a, carried_along(foreign(6, "x", seconds(15), 1), by_a),
        carried_along(released_by_foreigner(7), by_a)},
       kNever},
      {"a forced vacancy is free at once, whoever held", {by_a, force_released(6)}, kNever},
      {"a mark of force beside a holder forces nothing",
       {[&] {
         Observation seen = by_a;
         seen.claim->forced = true;
         return seen;
       }()},
       seconds(15)},
      {"a lock deleted under a holder is waited out", {by_a, no_object()}, seconds(15)},
      {"also under one that is no elector", {by_x, no_object()}, seconds(15)},
      {"a lock emptied under a holder is waited out", {by_a, no_record(6)}, seconds(15)},
      {"a lock garbled under a holder is waited out", {by_a, nonsense(6)}, seconds(15)},
      {"for our own duration, if that is longer",
       {held(5, "a", seconds(3), "a1"), nonsense(6)},
       kOwnDuration},
      {"what is found garbled may be held in its own way, for our duration",
       {nonsense(3)},
       kOwnDuration},
      {"garbled text that changes starts the wait again",
       {nonsense(3), nonsense(4, "{more")},
       kOwnDuration},
      {"and is waited out further when it vanishes", {nonsense(3), no_record(4)}, kOwnDuration},
      {"a garbled lock that is released by a foreigner is free: no elector held it",
       {nonsense(3), released_by_foreigner(4)},
       kNever},
      {"under an elector it is not: the garbling was not the elector's doing",
       {by_a, nonsense(6), released_by_foreigner(7)},
       seconds(15)},
      {"an emptied lock that is then deleted is waited out from the deletion",
       {by_a, no_record(6), no_object()},
       seconds(15)},
      {"a holder that comes back in between is waited out from its record",
       {by_a, no_object(), held(8, "a", seconds(20), "a1", 2)},
       seconds(20)},
      {"after a release in form a deletion has nobody to wait for",
       {by_a, released(6, "a1"), no_object()},
       kNever},
      {"an object found without a record, but with the claim of a holder, was emptied under it",
       {carried_along(no_record(9), by_a)},
       kOwnDuration},
      {"a vacancy found with the holder's claim and renewTime was emptied under it too",
       {carried_along(
           [] {
             Observation seen = foreign(9, "", seconds(1), 0);
             return seen;
           }(),
           by_a)},
       kOwnDuration},
      {"and so was one without any renewTime",
       {carried_along(
           [] {
             Observation seen = foreign(9, "", seconds(1));
             seen.record.renew_time.reset();
             return seen;
           }(),
           by_a)},
       kOwnDuration},
      {"a vacancy found with an older claim was released since by a program that is no elector",
       {carried_along(foreign(9, "", seconds(1), 30), by_a)},
       kNever},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    LockTracker tracker{kOwnDuration};
    seconds now{0};
    for (const Observation& seen : row.history) {
      CHECK(tracker.observe(seen, Source::kRead, at(now)) == Change::kRecord);
      now += seconds(1);
    }
    const seconds last = now - seconds(1);
    const BootTime expected = row.wait == kNever ? at(last) : at(last) + row.wait;
    CHECK((tracker.free_at() - at(last)).count() == (expected - at(last)).count());
    CHECK(tracker.observed_at() == at(last));
    CHECK(tracker.known());
  }
}

TEST_CASE("a change in other fields does not restart the wait, but brings the newest version") {
  LockTracker tracker{kOwnDuration};
  const Observation by_a = held(5, "a", seconds(15), "a1");
  tracker.observe(by_a, Source::kRead, at(seconds(0)));
  CHECK(tracker.observe(newer(by_a, 6), Source::kEvent, at(seconds(4))) == Change::kOther);
  CHECK(tracker.free_at() == at(seconds(15)));
  CHECK(tracker.seen().version == "6");
  CHECK(tracker.observed_at() == at(seconds(4)));
}

TEST_CASE("what is known already changes nothing but the moment it was seen") {
  LockTracker tracker{kOwnDuration};
  const Observation by_a = held(5, "a", seconds(15), "a1");
  tracker.observe(by_a, Source::kRead, at(seconds(0)));
  CHECK(tracker.observe(by_a, Source::kEvent, at(seconds(4))) == Change::kNone);
  CHECK(tracker.free_at() == at(seconds(15)));
  CHECK(tracker.observed_at() == at(seconds(4)));
}

TEST_CASE("what shows the past is ignored") {
  LockTracker tracker{kOwnDuration};
  const Observation by_a = held(5, "a", seconds(15), "a1");
  const Observation by_b = held(6, "b", seconds(10), "b1");
  tracker.observe(by_b, Source::kRead, at(seconds(0)));
  CHECK(tracker.observe(by_a, Source::kEvent, at(seconds(4))) == Change::kOlder);
  CHECK(tracker.observe(by_a, Source::kRead, at(seconds(4))) == Change::kOlder);
  CHECK(tracker.seen().record.holder == "b");
  CHECK(tracker.free_at() == at(seconds(10)));
  CHECK(tracker.observed_at() == at(seconds(0)));

  SUBCASE("also after the object was deleted, which has no version itself") {
    tracker.observe(no_object(), Source::kEvent, at(seconds(5)));
    CHECK(tracker.observe(by_a, Source::kEvent, at(seconds(6))) == Change::kOlder);
    CHECK(tracker.seen().content == Content::kAbsent);
  }
  SUBCASE("an event never becomes the present, however often it comes") {
    for (int i = 0; i < 10; ++i) {
      CHECK(tracker.observe(by_a, Source::kEvent, at(seconds(5 + i))) == Change::kOlder);
    }
  }
}

TEST_CASE("three reads in a row that show the past are the present: etcd was restored") {
  LockTracker tracker{kOwnDuration};
  const Observation by_b = held(600, "b", seconds(10), "b1");
  const Observation by_a = held(5, "a", seconds(15), "a1");
  tracker.observe(by_b, Source::kEvent, at(seconds(0)));
  CHECK(tracker.observe(by_a, Source::kRead, at(seconds(1))) == Change::kOlder);
  CHECK(tracker.observe(by_a, Source::kRead, at(seconds(2))) == Change::kOlder);

  SUBCASE("the third is believed, and later versions count from there") {
    CHECK(tracker.observe(by_a, Source::kRead, at(seconds(3))) == Change::kRecord);
    CHECK(tracker.seen().record.holder == "a");
    CHECK(tracker.free_at() == at(seconds(18)));
    const Observation renewed = held(6, "a", seconds(15), "a1", 1);
    CHECK(tracker.observe(renewed, Source::kEvent, at(seconds(4))) == Change::kRecord);
    CHECK(tracker.observe(by_a, Source::kEvent, at(seconds(5))) == Change::kOlder);
  }
  SUBCASE("unless a read in between shows the present that is known") {
    CHECK(tracker.observe(by_b, Source::kRead, at(seconds(3))) == Change::kNone);
    CHECK(tracker.observe(by_a, Source::kRead, at(seconds(4))) == Change::kOlder);
    CHECK(tracker.observe(by_a, Source::kRead, at(seconds(5))) == Change::kOlder);
  }
}

TEST_CASE("versions that are not numbers are taken as they come") {
  LockTracker tracker{kOwnDuration};
  Observation by_a = held(5, "a", seconds(15), "a1");
  by_a.version = "opaque-5";
  Observation by_b = held(6, "b", seconds(10), "b1");
  by_b.version = "opaque-4";
  tracker.observe(by_a, Source::kRead, at(seconds(0)));
  CHECK(tracker.observe(by_b, Source::kEvent, at(seconds(1))) == Change::kRecord);
  CHECK(tracker.seen().record.holder == "b");
}

TEST_CASE("the last holder's duration and the terms are remembered through a vacancy") {
  LockTracker tracker{kOwnDuration};
  CHECK_FALSE(tracker.known());
  CHECK_FALSE(tracker.names_holder());
  CHECK_FALSE(tracker.transitions());
  CHECK(tracker.last_duration() == Duration::zero());

  Observation by_a = held(5, "a", seconds(15), "a1");
  by_a.record.transitions = 7;
  tracker.observe(by_a, Source::kRead, at(seconds(0)));
  CHECK(tracker.names_holder());
  CHECK(tracker.last_duration() == seconds(15));
  CHECK(tracker.transitions() == 7);

  tracker.observe(no_object(), Source::kRead, at(seconds(1)));
  CHECK_FALSE(tracker.names_holder());
  CHECK(tracker.last_duration() == seconds(15));
  CHECK(tracker.transitions() == 7);

  // Another client's new record counts from 0 again: elector's continue from the largest that was
  // seen.
  tracker.observe(foreign(8, "x", seconds(4)), Source::kRead, at(seconds(2)));
  CHECK(tracker.last_duration() == seconds(4));
  CHECK(tracker.transitions() == 7);

  tracker.observe(released_by_foreigner(9), Source::kRead, at(seconds(3)));
  CHECK(tracker.last_duration() == Duration::zero());
}

TEST_CASE("a vacancy is forced if its claim says so") {
  LockTracker tracker{kOwnDuration};
  const Observation by_a = held(5, "a", seconds(15), "a1");
  tracker.observe(by_a, Source::kRead, at(seconds(0)));
  CHECK_FALSE(tracker.forced());

  SUBCASE("not if an elector released it") {
    tracker.observe(released(6, "a1"), Source::kRead, at(seconds(1)));
    CHECK_FALSE(tracker.forced());
  }
  SUBCASE("with a fresh claim") {
    tracker.observe(force_released(6), Source::kRead, at(seconds(1)));
    CHECK(tracker.forced());
  }
  SUBCASE("not with one that was carried along from an earlier vacancy") {
    tracker.observe(carried_along(released_by_foreigner(7), force_released(6)), Source::kRead,
                    at(seconds(1)));
    CHECK_FALSE(tracker.forced());
  }
}

TEST_CASE("elector's own write is recognised by its whole record and its nonce") {
  LockTracker tracker{kOwnDuration};
  const Observation ours = held(5, "a", seconds(10), "a1");
  const SentWrite write{.term = 3,
                        .release = false,
                        .record = ours.record,
                        .claim = *ours.claim,
                        .sent_at = Now{at(seconds(0)), wall(0)}};
  CHECK(tracker.mine() == nullptr);
  tracker.sent(write);
  CHECK(tracker.mine() == nullptr);

  SUBCASE("the lock that shows it is ours") {
    tracker.observe(ours, Source::kRead, at(seconds(1)));
    REQUIRE(tracker.mine() != nullptr);
    CHECK(tracker.mine()->term == 3);
  }
  SUBCASE("also when others edited other fields since") {
    tracker.observe(newer(ours, 9), Source::kEvent, at(seconds(1)));
    REQUIRE(tracker.mine() != nullptr);
  }
  SUBCASE("not one with another nonce, be the record equal: another process wrote it") {
    Observation seen = ours;
    seen.claim->nonce = "a1-6";
    tracker.observe(seen, Source::kRead, at(seconds(1)));
    CHECK(tracker.mine() == nullptr);
  }
  SUBCASE("not one with another instance") {
    Observation seen = ours;
    seen.claim->instance = "a2";
    tracker.observe(seen, Source::kRead, at(seconds(1)));
    CHECK(tracker.mine() == nullptr);
  }
  SUBCASE("not one without a claim") {
    Observation seen = ours;
    seen.claim.reset();
    tracker.observe(seen, Source::kRead, at(seconds(1)));
    CHECK(tracker.mine() == nullptr);
  }
  SUBCASE("not one whose record is another's, with our claim carried along") {
    tracker.observe(carried_along(foreign(6, "x", seconds(10), 1), ours), Source::kRead,
                    at(seconds(1)));
    CHECK(tracker.mine() == nullptr);
  }
  SUBCASE("not an object without a record") {
    tracker.observe(carried_along(no_record(6), ours), Source::kRead, at(seconds(1)));
    CHECK(tracker.mine() == nullptr);
  }
}

// Whether the tracker takes the write for its own when the lock shows it.
bool knows(const LockTracker& tracker, const Observation& write) {
  LockTracker copy = tracker;
  copy.observe(write, Source::kRead, at(seconds(1)));
  return copy.mine() != nullptr;
}

TEST_CASE("of many own writes the last sixteen are remembered") {
  LockTracker tracker{kOwnDuration};
  std::vector<Observation> writes;
  for (int i = 1; i <= 17; ++i) {
    writes.push_back(held(i, "a", seconds(10), "a1", i));
    tracker.sent(
        {.term = 1, .record = writes.back().record, .claim = *writes.back().claim, .sent_at = {}});
  }
  CHECK_FALSE(knows(tracker, writes[0]));
  CHECK(knows(tracker, writes[1]));
  CHECK(knows(tracker, writes[16]));
}

TEST_CASE("a lock that exists although it was not seen is waited out when it is gone again") {
  LockTracker tracker{kOwnDuration};
  const Observation absent;
  tracker.observe(absent, Source::kRead, at(seconds(0)));
  CHECK(tracker.free_at() <= at(seconds(0)));
  tracker.exists_unseen(at(seconds(1)));
  tracker.observe(absent, Source::kRead, at(seconds(2)));
  CHECK(tracker.free_at() == at(seconds(1)) + kOwnDuration);
  SUBCASE("but an object without a record is nobody's") {
    tracker.observe(no_record(6), Source::kRead, at(seconds(3)));
    CHECK(tracker.free_at() <= at(seconds(3)));
  }
}

TEST_CASE("a holder whose claim was taken out is still elector: its vacancy must be in form") {
  LockTracker tracker{kOwnDuration};
  const Observation seen = held(5, "x", seconds(10), "x1");
  tracker.observe(seen, Source::kEvent, at(seconds(0)));
  Observation stripped = seen;
  stripped.version = "6";
  stripped.claim.reset();
  tracker.observe(stripped, Source::kEvent, at(seconds(1)));
  SUBCASE("emptied by hand it is waited out") {
    tracker.observe(released_by_foreigner(7), Source::kEvent, at(seconds(2)));
    CHECK(tracker.free_at() == at(seconds(12)));
  }
  SUBCASE("released by the holder it is free") {
    tracker.observe(released(7, "x1"), Source::kEvent, at(seconds(2)));
    CHECK(tracker.free_at() == at(seconds(2)));
  }
}

TEST_CASE("what a restored store shows has expired after its own duration, and is taken later") {
  LockTracker tracker{kOwnDuration};
  tracker.observe(held(100, "x", seconds(15), "x1"), Source::kEvent, at(seconds(0)));
  const Observation past = held(50, "y", seconds(5), "y1", 4);
  for (int read = 1; read <= 3; ++read) tracker.observe(past, Source::kRead, at(seconds(read)));
  CHECK(tracker.runs_out_at() == at(seconds(3 + 5)));
  CHECK(tracker.free_at() == at(seconds(3 + 15)));
}

// A restore of the store from a backup brings back an earlier state of the lock.
namespace {

// What elector knew of the lock before the restore: x holds it, since its fourth term.
LockTracker tracker_before_a_restore() {
  LockTracker tracker{kOwnDuration};
  tracker.observe(of_term(held(100, "x", seconds(15), "x1", 1), 4), Source::kEvent, at(seconds(0)));
  return tracker;
}

}  // namespace

TEST_CASE("after a restore the last known duration is waited out from when it is noticed") {
  const Observation own_leftover = of_term(held(50, "a", seconds(10), "a1", 2), 2);
  const Observation rows[] = {
      own_leftover,
      of_term(released(50, "a1"), 2),                  // this process's release
      of_term(released(50, "x1"), 3),                  // the holder's release of an earlier term
      of_term(released(50, "x1"), 4),                  // and, as far as can be known, of this term
      of_term(held(50, "y", seconds(5), "y1", 4), 3),  // another with a shorter duration
      no_record(50),
  };
  for (const Observation& restored : rows) {
    CAPTURE(restored.record.holder);
    CAPTURE(restored.record.transitions);
    LockTracker tracker = tracker_before_a_restore();
    tracker.sent(
        {.term = 2, .record = own_leftover.record, .claim = *own_leftover.claim, .sent_at = {}});
    for (int read = 1; read <= 3; ++read) {
      tracker.observe(restored, Source::kRead, at(seconds(read)));
      CHECK(tracker.restored() == (read == 3));
    }
    CHECK(tracker.free_at() == at(seconds(3 + 15)));
    SUBCASE("and what is read again meanwhile changes nothing") {
      tracker.observe(restored, Source::kRead, at(seconds(5)));
      CHECK(tracker.free_at() == at(seconds(3 + 15)));
    }
    SUBCASE("but a release by the holder, after it, is one") {
      tracker.observe(of_term(held(200, "x", seconds(15), "x1", 7), 4), Source::kEvent,
                      at(seconds(6)));
      tracker.observe(of_term(released(201, "x1"), 4), Source::kEvent, at(seconds(7)));
      CHECK(tracker.free_at() == at(seconds(7)));
    }
  }
}

// etcd's --bump-revision makes versions go on from above those that were lost, so that an edit of
// other fields after the restore shows the old record with a version that is new.
TEST_CASE("a record of a term before the last holder's is from a restored store") {
  struct Row {
    const char* what;
    Observation seen;
    bool restored;
  };
  const Row rows[] = {
      {"the holder's release of an earlier term", of_term(released(200, "x1"), 3), true},
      {"the holder's own earlier term", of_term(held(200, "x", seconds(15), "x1", 3), 3), true},
      {"another's earlier term", of_term(held(200, "y", seconds(5), "y1", 3), 3), true},
      {"this process's earlier term", of_term(held(200, "a", seconds(5), "a1", 3), 2), true},
      {"the holder's release of this term", of_term(released(200, "x1"), 4), false},
      {"the next term", of_term(held(200, "y", seconds(5), "y1", 3), 5), false},
      {"a renewal", of_term(held(200, "x", seconds(15), "x1", 3), 4), false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    LockTracker tracker = tracker_before_a_restore();
    tracker.observe(row.seen, Source::kEvent, at(seconds(1)));
    CHECK(tracker.restored() == row.restored);
    if (row.restored) CHECK(tracker.free_at() == at(seconds(1 + 15)));
  }
}

// A proxy repeats a write, or holds it up, and meanwhile a restore has brought back what it
// replaces.
TEST_CASE("an own write that lands over the past is from a restored store") {
  struct Row {
    const char* what;
    std::string over;
    bool restored;
  };
  for (const Row& row : std::vector<Row>{{"over a version from before the holder's", "50", true},
                                         {"over the version that was seen last", "100", false},
                                         {"over a version that was not seen", "150", false},
                                         {"a create", "", false},
                                         {"over a version that is no number", "v50", false}}) {
    CAPTURE(row.what);
    LockTracker tracker = tracker_before_a_restore();
    const Observation ours = of_term(held(200, "a", seconds(10), "a1", 2), 4);
    tracker.sent(
        {.term = 2, .record = ours.record, .claim = *ours.claim, .sent_at = {}, .over = row.over});
    tracker.observe(ours, Source::kEvent, at(seconds(1)));
    CHECK(tracker.restored() == row.restored);
    if (row.restored) CHECK(tracker.free_at() == at(seconds(1 + 15)));
    tracker.observe(ours, Source::kEvent, at(seconds(2)));  // shown again it proves nothing new
    CHECK(tracker.restored() == row.restored);
  }
}

TEST_CASE("a second restore does not shorten the wait for what the first has undone") {
  struct Row {
    const char* what;
    Observation seen;
  };
  const Row rows[] = {
      {"an earlier record of a shorter duration", of_term(held(40, "y", seconds(5), "y1", 3), 2)},
      {"an earlier release", of_term(released(40, "y1"), 2)},
      {"nothing, of an earlier version", no_record(40)},
      {"a later record of a shorter duration", of_term(held(90, "z", seconds(5), "z1", 3), 4)},
      {"a later renewal", of_term(held(90, "y", seconds(5), "y1", 5), 3)},
      {"a later release by the holder that is shown", of_term(released(90, "y1"), 3)},
      {"nothing, of a later version", no_record(90)},
      {"no object", Observation{}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    LockTracker tracker = tracker_before_a_restore();
    for (int read = 1; read <= 3; ++read) {
      tracker.observe(of_term(held(50, "y", seconds(5), "y1", 4), 3), Source::kRead,
                      at(seconds(read)));
    }
    REQUIRE(tracker.free_at() == at(seconds(3 + 15)));
    for (int read = 4; read <= 6; ++read) {
      tracker.observe(row.seen, Source::kRead, at(seconds(read)));
    }
    CHECK(tracker.free_at() >= at(seconds(3 + 15)));
  }
}

// The store was restored once more, and then other fields were changed; or another candidate, which
// had not looked before the restore, has taken the lock, as it may.
TEST_CASE("a new version that does not count on from the undone term leaves the wait as it is") {
  struct Row {
    const char* what;
    Observation seen;
    bool counts_on;
  };
  const Row rows[] = {
      {"a record of a shorter duration", of_term(held(200, "y", seconds(5), "y1", 5), 3), false},
      {"the holder's own earlier term", of_term(held(200, "x", seconds(5), "x1", 1), 3), false},
      {"a release", of_term(released(200, "y1"), 3), false},
      {"an object without a record", no_record(200), false},
      {"no object", {.version = "200", .raw = {}}, false},
      {"the undone term goes on", of_term(held(200, "x", seconds(5), "x1", 7), 4), true},
      {"a term after the undone one", of_term(held(200, "y", seconds(5), "y1", 5), 5), true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    LockTracker tracker = tracker_before_a_restore();
    tracker.observe(of_term(held(150, "y", seconds(5), "y1", 4), 2), Source::kEvent,
                    at(seconds(1)));
    REQUIRE(tracker.restored());
    REQUIRE(tracker.free_at() == at(seconds(1 + 15)));
    tracker.observe(row.seen, Source::kEvent, at(seconds(2)));
    CHECK(tracker.free_at() == at(seconds(row.counts_on ? 2 + 5 : 1 + 15)));
    CHECK_FALSE(tracker.restored());
  }
}

TEST_CASE("a create that is refused does not shorten the wait after a restore") {
  LockTracker tracker = tracker_before_a_restore();
  for (int read = 1; read <= 3; ++read) {
    tracker.observe(of_term(held(50, "y", seconds(5), "y1", 4), 3), Source::kRead,
                    at(seconds(read)));
  }
  tracker.observe(Observation{}, Source::kRead, at(seconds(4)));
  tracker.exists_unseen(at(seconds(7)));
  CHECK(tracker.free_at() >= at(seconds(3 + 15)));
}

TEST_CASE("a vacancy that a restore brings back is waited out although its holder had released") {
  LockTracker tracker = tracker_before_a_restore();
  tracker.observe(of_term(released(101, "x1"), 4), Source::kEvent, at(seconds(1)));
  REQUIRE(tracker.free_at() == at(seconds(1)));
  for (int read = 2; read <= 4; ++read) {
    tracker.observe(of_term(released(60, "x1"), 3), Source::kRead, at(seconds(read)));
  }
  CHECK(tracker.free_at() == at(seconds(4 + 15)));
}

TEST_CASE("a release that a restore brings back makes no later deletion a vacancy in form") {
  LockTracker tracker = tracker_before_a_restore();
  for (int read = 1; read <= 3; ++read) {
    tracker.observe(of_term(released(50, "x1"), 4), Source::kRead, at(seconds(read)));
  }
  REQUIRE(tracker.free_at() == at(seconds(3 + 15)));
  tracker.observe(no_record(200), Source::kEvent, at(seconds(10)));
  CHECK(tracker.free_at() >= at(seconds(3 + 15)));
}

// Its holder may have renewed it unseen, and the restore may have undone that.
TEST_CASE("a restore that shows the record as it was known starts the wait again") {
  LockTracker tracker = tracker_before_a_restore();
  Observation restored = of_term(held(100, "x", seconds(15), "x1", 1), 4);
  restored.version = "50";
  for (int read = 10; read <= 12; ++read) {
    tracker.observe(restored, Source::kRead, at(seconds(read)));
  }
  CHECK(tracker.free_at() == at(seconds(12 + 15)));
}

TEST_CASE("writes of earlier terms are forgotten on demand, those of this term are not") {
  LockTracker tracker{kOwnDuration};
  std::vector<Observation> writes;
  for (int term = 1; term <= 3; ++term) {
    writes.push_back(held(term, "a", seconds(10), "a1", term));
    tracker.sent({.term = static_cast<std::uint64_t>(term),
                  .record = writes.back().record,
                  .claim = *writes.back().claim,
                  .sent_at = {}});
  }
  tracker.forget_writes_before(3);
  CHECK_FALSE(knows(tracker, writes[0]));
  CHECK_FALSE(knows(tracker, writes[1]));
  CHECK(knows(tracker, writes[2]));
}

}  // namespace elector::tests
