// SPDX-License-Identifier: Apache-2.0
// Tables for core/timing: defaults, rules, and the timing of a term taken over from a shorter one.
#include "core/timing.h"

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>

namespace elector::tests {
namespace {

using core::Duration;
using core::Timing;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

bool contains(const std::optional<std::string>& text, const std::string& part) {
  return text && text->find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the defaults follow from the lease duration: D = min(2/3 L, L - 1s), R = L/5") {
  struct Row {
    seconds lease;
    Duration deadline;
    Duration period;
  };
  const Row rows[] = {
      {seconds(2), seconds(1), milliseconds(400)},   // below 3s the second rules D
      {seconds(3), seconds(2), milliseconds(600)},   // at 3s both agree
      {seconds(6), seconds(4), milliseconds(1200)},  // above, the two thirds
      {seconds(10), nanoseconds(6666666666), seconds(2)},
      {seconds(15), seconds(10), seconds(3)},  // client-go's own L and D
      {seconds(3600), seconds(2400), seconds(720)},
  };
  for (const Row& row : rows) {
    const Timing timing = Timing::from_lease_duration(row.lease);
    INFO("lease duration ", row.lease.count(), "s");
    CHECK(timing.lease_duration == row.lease);
    CHECK(timing.renew_deadline == row.deadline);
    CHECK(timing.retry_period == row.period);
  }
}

TEST_CASE("every lease duration from 2s on gives defaults that pass the rules") {
  for (int lease = 2; lease <= 4000; ++lease) {
    const std::optional<std::string> broken = Timing::from_lease_duration(seconds(lease)).check();
    INFO(lease, "s: ", broken.value_or(""));
    CHECK_FALSE(broken);
  }
  CHECK_FALSE(Timing::from_lease_duration(seconds(2147483647)).check());
}

TEST_CASE("a timing that breaks a rule is refused with a sentence that names the rule") {
  struct Row {
    Timing timing;
    const char* part;  // of the sentence
  };
  const Row rows[] = {
      {{seconds(0), milliseconds(500), milliseconds(100)}, "at least 2s"},
      {{seconds(-3), milliseconds(500), milliseconds(100)}, "at least 2s"},
      {{seconds(1), milliseconds(500), milliseconds(100)}, "at least 2s"},
      {{seconds(2147483648), seconds(10), seconds(3)}, "32 bits"},
      {{seconds(10), seconds(10), seconds(2)}, "at least 1s below"},
      {{seconds(10), seconds(11), seconds(2)}, "at least 1s below"},
      {{seconds(10), seconds(9) + nanoseconds(1), seconds(2)}, "at least 1s below"},
      {{seconds(10), seconds(6), seconds(0)}, "above 0"},
      {{seconds(10), seconds(6), seconds(-1)}, "above 0"},
      {{seconds(10), seconds(6), seconds(5)}, "1.2 times"},  // equal is too little
      {{seconds(10), seconds(6), seconds(9)}, "1.2 times"},
      {{seconds(10), seconds(0), seconds(2)}, "1.2 times"},
      {{seconds(10), seconds(-1), seconds(2)}, "1.2 times"},
      {{seconds(10), milliseconds(12), milliseconds(10)}, "1.2 times"},
      {{seconds(10), nanoseconds(7), nanoseconds(6)}, "1.2 times"},
      {{seconds(10), seconds(6), Duration::max()}, "1.2 times"},
      {{seconds(10), Duration::min(), Duration::max()}, "1.2 times"},
      {{seconds(10), Duration::max(), seconds(2)}, "at least 1s below"},
  };
  for (const Row& row : rows) {
    const std::optional<std::string> broken = row.timing.check();
    INFO("L=", row.timing.lease_duration.count(), "s D=", row.timing.renew_deadline.count(),
         "ns R=", row.timing.retry_period.count(), "ns: ", broken.value_or("accepted"));
    CHECK(contains(broken, row.part));
  }
}

TEST_CASE("a timing at the very edge of the rules is accepted") {
  const Timing rows[] = {
      {seconds(2), seconds(1), milliseconds(400)},
      {seconds(10), seconds(9), seconds(2)},                   // D = L - 1s exactly
      {seconds(10), seconds(6), seconds(5) - nanoseconds(1)},  // D a little above 1.2 R
      {seconds(15), seconds(10), seconds(2)},                  // client-go's defaults
      {seconds(10), milliseconds(12) + nanoseconds(1), milliseconds(10)},
      {seconds(10), seconds(6), nanoseconds(1)},
      {seconds(10), nanoseconds(8), nanoseconds(6)},
      {seconds(2147483647), seconds(10), seconds(3)},
      {seconds(2147483647), seconds(2147483646),
       seconds(1000000000)},  // 5 D is too much for 64 bits
  };
  for (const Timing& timing : rows) {
    const std::optional<std::string> broken = timing.check();
    INFO("L=", timing.lease_duration.count(), "s: ", broken.value_or(""));
    CHECK_FALSE(broken);
  }
}

TEST_CASE("a term taken over from a shorter record uses the shorter duration") {
  const Timing ten = Timing::from_lease_duration(seconds(10));
  CHECK(ten.shortened_to(seconds(6)) == Timing::from_lease_duration(seconds(6)));
  CHECK(ten.shortened_to(seconds(9)) == Timing::from_lease_duration(seconds(9)));
  CHECK(ten.shortened_to(seconds(2)) == Timing::from_lease_duration(seconds(2)));

  SUBCASE("never a longer or an equal one") {
    CHECK(ten.shortened_to(seconds(10)) == ten);
    CHECK(ten.shortened_to(seconds(15)) == ten);
  }
  SUBCASE("nor one below 2s, with which no term could be held: a released lock says 1s") {
    CHECK(ten.shortened_to(seconds(1)) == ten);
    CHECK(ten.shortened_to(seconds(0)) == ten);
    CHECK(ten.shortened_to(seconds(-5)) == ten);
  }
  SUBCASE("a renew deadline and a retry period that are shorter already stay") {
    const Timing nervous{seconds(10), seconds(3), milliseconds(500)};
    const Timing shortened = nervous.shortened_to(seconds(6));
    CHECK(shortened.lease_duration == seconds(6));
    CHECK(shortened.renew_deadline == seconds(3));
    CHECK(shortened.retry_period == milliseconds(500));
  }
  SUBCASE("what comes out passes the rules") {
    const Timing relaxed{seconds(30), seconds(29), seconds(24)};
    REQUIRE_FALSE(relaxed.check());
    for (int lease = 2; lease < 30; ++lease) {
      const std::optional<std::string> broken = relaxed.shortened_to(seconds(lease)).check();
      INFO(lease, "s: ", broken.value_or(""));
      CHECK_FALSE(broken);
    }
  }
}

TEST_CASE("the work of a lost term is gone by K, half-way between D and L") {
  CHECK(Timing{seconds(10), seconds(6), seconds(2)}.kill_deadline() == seconds(8));
  CHECK(Timing::from_lease_duration(seconds(2)).kill_deadline() == milliseconds(1500));
}

}  // namespace elector::tests
