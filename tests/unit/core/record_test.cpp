// SPDX-License-Identifier: Apache-2.0
// Tables for core/record: how versions compare, which claims count, and when two observations show
// the same record.
#include "core/record.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>

namespace elector::tests {
namespace {

using core::Claim;
using core::compare_versions;
using core::Content;
using core::fresh_claim;
using core::is_fresh;
using core::Observation;
using core::Record;
using core::same_record;
using core::WallTime;
using std::chrono::seconds;

const WallTime kNoon{std::chrono::hours(490000)};

Record record_of_a() {
  return {.holder = "a",
          .lease_duration = seconds(10),
          .acquire_time = kNoon,
          .renew_time = kNoon + seconds(2),
          .transitions = 3};
}

Observation lock_of_a() {
  return {
      .content = Content::kRecord,
      .version = "7",
      .record = record_of_a(),
      .claim =
          Claim{.instance = "a1", .nonce = "n1", .holder = "a", .renew_time = kNoon + seconds(2)},
      .raw = {}};
}

int sign(int value) {
  return (value > 0) - (value < 0);
}

}  // namespace

TEST_CASE("versions compare as decimal numbers of any length") {
  struct Row {
    const char* a;
    const char* b;
    int order;
    const char* sentence;
  };
  const Row rows[] = {
      {"1", "2", -1, "the smaller number is older"},
      {"2", "1", 1, "the larger number is newer"},
      {"7", "7", 0, "equal numbers are equal"},
      {"9", "10", -1, "more digits are newer, whatever the first digit"},
      {"100", "99", 1, "fewer digits are older, whatever the first digit"},
      {"007", "7", 0, "leading zeros count for nothing"},
      {"0", "000", 0, "zero is zero at any length"},
      {"0", "1", -1, "zero is older than one"},
      {"18446744073709551616", "18446744073709551615", 1, "64 bits do not limit them"},
      {"99999999999999999999998", "99999999999999999999999", -1, "nor do more digits than fit"},
      {"", "5", 0, "no version, as of an object that is absent, cannot be ordered"},
      {"5", "", 0, "and nothing orders against it"},
      {"", "", 0, "nor it against itself"},
      {"5a", "4", 0, "a version that is no number cannot be ordered"},
      {"4", "5a", 0, "on either side"},
      {"-5", "4", 0, "a sign is no digit"},
      {"5 ", "4", 0, "a blank is no digit"},
      {"0x5", "4", 0, "hexadecimal is no decimal"},
  };
  for (const Row& row : rows) {
    INFO(row.sentence, ": ", row.a, " and ", row.b);
    CHECK(sign(compare_versions(row.a, row.b)) == row.order);
  }
}

TEST_CASE("a claim is fresh only beside the record that it was written with") {
  CHECK(is_fresh(lock_of_a()));
  CHECK(fresh_claim(lock_of_a()) != nullptr);
  CHECK(fresh_claim(lock_of_a())->nonce == "n1");

  SUBCASE("not when the record has another holder: it was carried along") {
    Observation seen = lock_of_a();
    seen.record.holder = "b";
    CHECK_FALSE(is_fresh(seen));
    CHECK(fresh_claim(seen) == nullptr);
  }
  SUBCASE("not when the record was renewed since by somebody who does not claim") {
    Observation seen = lock_of_a();
    seen.record.renew_time = *seen.record.renew_time + std::chrono::microseconds(1);
    CHECK_FALSE(is_fresh(seen));
  }
  SUBCASE("not when the record has lost its renewTime") {
    Observation seen = lock_of_a();
    seen.record.renew_time.reset();
    CHECK_FALSE(is_fresh(seen));
  }
  SUBCASE("not when there is none") {
    Observation seen = lock_of_a();
    seen.claim.reset();
    CHECK_FALSE(is_fresh(seen));
  }
  SUBCASE("not beside anything but a record") {
    for (const Content content : {Content::kAbsent, Content::kEmpty, Content::kUnreadable}) {
      Observation seen = lock_of_a();
      seen.content = content;
      CHECK_FALSE(is_fresh(seen));
    }
  }
  SUBCASE("whatever else the record says") {
    Observation seen = lock_of_a();
    seen.record.lease_duration = seconds(60);
    seen.record.transitions = 99;
    seen.record.acquire_time.reset();
    CHECK(is_fresh(seen));
  }
  SUBCASE("also on a vacancy, which is how a release in form is known") {
    Observation seen = lock_of_a();
    seen.record.holder = "";
    seen.claim->holder = "";
    CHECK(is_fresh(seen));
  }
}

TEST_CASE("two observations show the same record unless a candidate wrote in between") {
  const Observation base = lock_of_a();
  CHECK(same_record(base, base));

  SUBCASE("other fields of the object, and so its version, make no difference") {
    Observation edited = base;
    edited.version = "8";
    edited.body = std::make_shared<const std::string>("{\"labels\":1}");
    CHECK(same_record(base, edited));
  }
  SUBCASE("every field of the record makes one") {
    Observation other = base;
    SUBCASE("holder") {
      other.record.holder = "b";
    }
    SUBCASE("lease duration") {
      other.record.lease_duration = seconds(11);
    }
    SUBCASE("acquire time") {
      other.record.acquire_time = kNoon + seconds(1);
    }
    SUBCASE("renew time") {
      other.record.renew_time = kNoon + seconds(3);
    }
    SUBCASE("transitions") {
      other.record.transitions = 4;
    }
    CHECK_FALSE(same_record(base, other));
    CHECK_FALSE(same_record(other, base));
  }
  SUBCASE("a fresh nonce is a renewal, also within one second of the record's times") {
    Observation renewed = base;
    renewed.claim->nonce = "n2";
    CHECK_FALSE(same_record(base, renewed));
  }
  SUBCASE("the mark of a forced vacancy makes a difference") {
    Observation forced = base;
    forced.claim->forced = true;
    CHECK_FALSE(same_record(base, forced));
  }
  SUBCASE("a claim that becomes stale or appears makes a difference") {
    Observation without = base;
    without.claim.reset();
    CHECK_FALSE(same_record(base, without));
    CHECK_FALSE(same_record(without, base));
  }
  SUBCASE("between two stale claims there is no difference: both count as absent") {
    Observation stale = base;
    stale.claim->holder = "z";
    Observation staler = base;
    staler.claim->holder = "y";
    staler.claim->nonce = "n9";
    Observation without = base;
    without.claim.reset();
    CHECK(same_record(stale, staler));
    CHECK(same_record(stale, without));
  }
  SUBCASE("a record is not an empty, an absent or an unreadable one") {
    for (const Content content : {Content::kAbsent, Content::kEmpty, Content::kUnreadable}) {
      Observation other = base;
      other.content = content;
      CHECK_FALSE(same_record(base, other));
    }
  }
}

TEST_CASE("unreadable content is the same as long as it looks the same") {
  Observation absent{.content = Content::kAbsent, .version = {}, .raw = {}};
  Observation empty{.content = Content::kEmpty, .version = "3", .raw = {}};
  Observation emptied_again = empty;
  emptied_again.version = "9";
  emptied_again.claim = Claim{.instance = "a1", .nonce = "n1", .holder = "a"};
  CHECK(same_record(absent, absent));
  CHECK(same_record(empty, emptied_again));
  CHECK_FALSE(same_record(absent, empty));

  Observation garbled{.content = Content::kUnreadable, .version = "4", .raw = "{not json"};
  Observation still_garbled = garbled;
  still_garbled.version = "5";
  Observation garbled_otherwise = garbled;
  garbled_otherwise.raw = "{not json either";
  CHECK(same_record(garbled, still_garbled));
  CHECK_FALSE(same_record(garbled, garbled_otherwise));
}

TEST_CASE("a record without a duration or a count has 0, as the API leaves out what is not set") {
  CHECK(Record{}.holder.empty());
  CHECK(Record{}.lease_duration == std::chrono::seconds(0));
  CHECK(Record{}.transitions == 0);
}

}  // namespace elector::tests
