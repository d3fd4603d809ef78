// SPDX-License-Identifier: Apache-2.0
// The process that asks a leader to resign: what it writes, when the leader has received it, when
// to give up.
#include "core/resignation.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <utility>

namespace elector::core {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Act = Resignation::Act;
using End = Resignation::End;

BootTime at(double time) {
  return BootTime(milliseconds(static_cast<int>(time * 1000)));
}

WallTime wall(int second) {
  return WallTime(seconds(1'000'000 + second));
}

// The lock as an elector holds it: its claim is as fresh as its record.
Observation held(const std::string& holder, int version, int acquired = 0, int renewed = 0) {
  Observation seen{.content = Content::kRecord, .version = std::to_string(version), .raw = {}};
  seen.record = {.holder = holder,
                 .lease_duration = seconds(10),
                 .acquire_time = wall(acquired),
                 .renew_time = wall(renewed),
                 .transitions = acquired};
  seen.claim = Claim{.instance = "i-" + holder,
                     .nonce = "n" + std::to_string(renewed),
                     .holder = holder,
                     .renew_time = wall(renewed)};
  return seen;
}

Observation released(int version) {
  Observation seen = held("", version);
  seen.record.lease_duration = seconds(1);
  return seen;
}

Observation with(Observation seen, ResignRequest request, bool acknowledged) {
  request.acknowledged = acknowledged;
  seen.resign = request;
  return seen;
}

}  // namespace

TEST_CASE("the request is addressed to the holder and to the instance of its claim") {
  Resignation asker({.to = "b", .id = "r"});
  CHECK(asker.next(at(0)).act == Act::kNothing);
  asker.observe(held("a", 1), Source::kRead, at(0));
  CHECK(asker.next(at(0)).act == Act::kAsk);
  CHECK(asker.request() == ResignRequest{.holder = "a",
                                         .instance = "i-a",
                                         .to = "b",
                                         .id = "r",
                                         .acknowledged = false,
                                         .release = ""});
  // A leader that is not elector has no instance: what claim there is was carried along.
  Resignation foreign({.id = "r"});
  Observation seen = held("x", 1);
  seen.claim->renew_time = wall(-5);
  foreign.observe(seen, Source::kRead, at(0));
  CHECK(foreign.next(at(0)).act == Act::kAsk);
  CHECK(foreign.request().instance.empty());
}

TEST_CASE("it is done when the leader has acknowledged it, or with wait when another leads") {
  for (const bool wait : {false, true}) {
    CAPTURE(wait);
    Resignation asker({.wait = wait, .id = "r"});
    asker.observe(held("a", 1), Source::kRead, at(0));
    CHECK(asker.next(at(0)).act == Act::kAsk);
    asker.observe(with(held("a", 2), asker.request(), false), Source::kRead, at(0.1));
    CHECK_FALSE(asker.next(at(0.1)).end);
    CHECK(asker.next(at(0.1)).wake == at(10.1));
    asker.observe(with(held("a", 3, 0, 1), asker.request(), true), Source::kRead, at(0.2));
    const auto heard = asker.next(at(0.2));
    CHECK(heard.acknowledged);
    CHECK(heard.end == (wait ? std::nullopt : std::optional(End::kDone)));
    // Work may take any time to stop.
    CHECK(asker.next(at(100)).end == heard.end);
    asker.observe(released(4), Source::kRead, at(101));
    CHECK(asker.next(at(101)).end == heard.end);
    asker.observe(held("b", 5, 1), Source::kRead, at(102));
    CHECK(asker.next(at(102)).end == End::kDone);
    CHECK(asker.next(at(102)).leader == "b");
  }
}

TEST_CASE("a leader that returns for lack of others is reported as such, if that was waited for") {
  Resignation asker({.wait = true, .id = "r"});
  asker.observe(held("a", 1), Source::kRead, at(0));
  asker.next(at(0));
  asker.observe(with(held("a", 2), asker.request(), true), Source::kRead, at(0.1));
  asker.observe(released(3), Source::kRead, at(1));
  asker.observe(held("a", 4, 11), Source::kRead, at(11));
  CHECK(asker.next(at(11)).end == End::kSameAgain);
}

TEST_CASE(
    "a leader that does not answer for a lease is deaf if it renews and dead if not; stop asking") {
  for (const bool renews : {false, true}) {
    CAPTURE(renews);
    Resignation asker({.id = "r"});
    asker.observe(held("a", 1), Source::kRead, at(0));
    asker.next(at(0));
    asker.observe(with(held("a", 2), asker.request(), false), Source::kRead, at(1));
    if (renews)
      asker.observe(with(held("a", 3, 0, 2), asker.request(), false), Source::kRead, at(3));
    CHECK_FALSE(asker.next(at(10.9)).end);
    CHECK(asker.next(at(11)).act == Act::kWithdraw);
    asker.observe(held("a", 4, 0, renews ? 2 : 0), Source::kRead, at(11.1));
    CHECK(asker.next(at(11.1)).end == (renews ? End::kUnheeded : End::kDead));
  }
}

TEST_CASE("a leader is dead only if the write that takes the request back shows it") {
  Resignation asker({.id = "r"});
  asker.observe(held("a", 1), Source::kRead, at(0));
  asker.next(at(0));
  asker.observe(with(held("a", 2), asker.request(), false), Source::kRead, at(1));
  // Another's request takes its place, and the watch shows nothing more.
  ResignRequest another = asker.request();
  another.id = "another";
  asker.observe(with(held("a", 3), another, false), Source::kRead, at(2));
  CHECK(asker.next(at(11)).end == End::kUnheeded);
}

TEST_CASE("a claim that others remove makes no other term of the one that was asked") {
  const auto stripped = [](Observation seen) {
    seen.claim.reset();
    return seen;
  };
  for (const bool wait : {false, true}) {
    CAPTURE(wait);
    Resignation asker({.wait = wait, .id = "r"});
    asker.observe(held("a", 1), Source::kRead, at(0));
    asker.next(at(0));
    SUBCASE("before the request is there") {
      asker.observe(stripped(held("a", 2)), Source::kRead, at(1));
      CHECK(asker.next(at(1)).act == Act::kAsk);
      CHECK(asker.request().instance == "i-a");
    }
    SUBCASE("after that") {
      asker.observe(with(held("a", 2), asker.request(), false), Source::kRead, at(1));
      asker.observe(stripped(with(held("a", 3), asker.request(), false)), Source::kRead, at(2));
      CHECK_FALSE(asker.next(at(2)).end);
      asker.observe(with(held("a", 4, 0, 2), asker.request(), true), Source::kRead, at(3));
      CHECK(asker.next(at(3)).end == (wait ? std::nullopt : std::optional(End::kDone)));
      CHECK(asker.next(at(3)).leader.empty());
    }
  }
}

// While a write of the asker's is under way, several states may be shown before it continues.
TEST_CASE("what the leader acknowledged in another term is not an answer in this one") {
  Resignation asker({.id = "r"});
  asker.observe(held("a", 1, 9), Source::kRead, at(0));
  CHECK(asker.next(at(0)).act == Act::kAsk);
  const ResignRequest request = asker.request();
  asker.observe(with(held("a", 2, 9), request, false), Source::kRead, at(0.1));
  asker.observe(with(held("a", 3, 7), request, true), Source::kRead,
                at(1));  // as a restored store shows it
  asker.observe(held("a", 4, 9), Source::kRead, at(2));
  CHECK_FALSE(asker.next(at(2)).acknowledged);
  CHECK_FALSE(asker.next(at(2)).end);
}

TEST_CASE("only the process that was asked can answer") {
  const auto answered_by = [](const std::string& holder, const std::string& instance) {
    Resignation asker({.id = "r"});
    asker.observe(held("a", 1), Source::kRead, at(0));
    asker.next(at(0));
    ResignRequest answer = asker.request();
    asker.observe(with(held("a", 2), answer, false), Source::kRead, at(1));
    answer.holder = holder;
    answer.instance = instance;
    asker.observe(with(held("a", 3, 0, 1), answer, true), Source::kRead, at(2));
    return asker.next(at(2)).acknowledged;
  };
  CHECK(answered_by("a", "i-a"));
  CHECK_FALSE(answered_by("a", "i-b"));
  CHECK_FALSE(answered_by("b", "i-a"));
}

TEST_CASE("an answer is waited for as long as the lease, from two seconds to five minutes") {
  for (const auto& [lease, patience] : {std::pair(0, 2), {1, 2}, {10, 10}, {3600, 300}}) {
    CAPTURE(lease);
    Resignation asker({.id = "r"});
    Observation seen = held("a", 1);
    seen.record.lease_duration = seconds(lease);
    asker.observe(seen, Source::kRead, at(0));
    CHECK(asker.next(at(0)).act == Act::kAsk);
    seen.version = "2";
    asker.observe(with(seen, asker.request(), false), Source::kRead, at(1));
    CHECK(asker.next(at(1 + patience - 0.001)).act == Act::kNothing);
    CHECK(asker.next(at(1 + patience)).act == Act::kWithdraw);
  }
}

TEST_CASE("what was done meanwhile, and what need not be done, is not done") {
  SUBCASE("nobody holds it") {
    for (const Observation& seen : {Observation{}, released(3)}) {
      Resignation asker({.id = "r"});
      asker.observe(seen, Source::kRead, at(0));
      CHECK(asker.next(at(0)).end == End::kNobody);
    }
  }
  SUBCASE("the successor leads already") {
    Resignation asker({.to = "a", .id = "r"});
    asker.observe(held("a", 1), Source::kRead, at(0));
    CHECK(asker.next(at(0)).end == End::kDone);
  }
  SUBCASE("another than the one that is meant leads") {
    Resignation asker({.only = "z", .id = "r"});
    asker.observe(held("a", 1), Source::kRead, at(0));
    CHECK(asker.next(at(0)).end == End::kNotThatOne);
    CHECK(asker.next(at(0)).leader == "a");
  }
  SUBCASE("the leader changed while the request was on its way") {
    Resignation asker({.id = "r"});
    asker.observe(held("a", 1), Source::kRead, at(0));
    asker.next(at(0));
    asker.observe(held("b", 2, 1), Source::kRead, at(0.1));
    CHECK(asker.next(at(0.1)).end == End::kDone);
    CHECK(asker.next(at(0.1)).leader == "b");
  }
  SUBCASE("somebody else has asked, and was heard") {
    Resignation asker({.id = "r"});
    asker.observe(
        with(held("a", 1),
             {.holder = "a", .instance = "i-a", .to = "", .id = "other", .release = ""}, true),
        Source::kRead, at(0));
    CHECK(asker.next(at(0)).end == End::kDone);
  }
}

// The lock object may not be written again, so its old versions may never become new ones.
TEST_CASE("a store that was restored leaves no request without an answer") {
  Resignation asker({.id = "r"});
  asker.observe(held("a", 20, 2), Source::kRead, at(0));
  asker.next(at(0));
  asker.observe(with(held("a", 21, 2), asker.request(), false), Source::kRead, at(0.1));
  const auto past = held("z", 7, 1);
  CHECK_FALSE(asker.observe(past, Source::kEvent, at(1)));
  for (int read = 0; read < 2; ++read) CHECK_FALSE(asker.observe(past, Source::kRead, at(2)));
  CHECK_FALSE(asker.next(at(2)).end);
  CHECK(asker.observe(past, Source::kRead, at(3)));
  CHECK(asker.next(at(3)).end);
}

TEST_CASE("force clears the record of any holder, and does nothing else") {
  Resignation asker({.to = "b", .force = true, .id = "r"});
  asker.observe(held("a", 1), Source::kRead, at(0));
  CHECK(asker.next(at(0)).act == Act::kClear);
  CHECK(asker.request("n").release == "n");
  asker.observe(held("a", 2, 0, 1), Source::kRead, at(0.1));  // it renewed at that moment
  CHECK(asker.next(at(0.1)).act == Act::kClear);
  asker.observe(released(3), Source::kRead, at(0.2));
  CHECK(asker.next(at(0.2)).end == End::kDone);
  CHECK(asker.first_leader() == "a");
}

TEST_CASE("old news of the lock has no effect") {
  Resignation asker({.wait = true, .id = "r"});
  asker.observe(held("b", 5, 1), Source::kRead, at(0));
  asker.next(at(0));
  asker.observe(held("a", 4), Source::kRead, at(0.1));
  CHECK_FALSE(asker.next(at(0.1)).end);
  // A watch that begins a little earlier shows a deletion of the past.
  asker.observe({.content = Content::kAbsent, .version = "3", .raw = {}}, Source::kRead, at(0.2));
  asker.observe(with(held("b", 6, 1), asker.request(), false), Source::kRead, at(0.3));
  asker.observe({.content = Content::kAbsent, .version = "4", .raw = {}}, Source::kRead, at(0.4));
  CHECK_FALSE(asker.next(at(0.4)).end);
  CHECK_FALSE(asker.next(at(0.4)).acknowledged);
}

}  // namespace elector::core
