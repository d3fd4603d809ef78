// SPDX-License-Identifier: Apache-2.0
// Followers that name a wrong leader, and followers that could not know better.
#include "tests/system/chaos/follower.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace elector::tests::chaos {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Instant at(double second) {
  return Instant(Span(static_cast<Span::rep>(second * 1e9)));
}

// A life that named these at these times.
Life naming(const std::vector<std::pair<double, std::string>>& answers) {
  Life life{.name = "x", .label = "x", .number = 1, .began = at(-100)};
  for (const auto& [when, name] : answers) {
    life.add_served(name, {.sent = at(when), .received = at(when + 0.001)});
  }
  return life;
}

Write write(double when, const std::string& holder, const std::string& renew_time) {
  return {.applied = at(when),
          .holder = holder,
          .duration = seconds(2),
          .acquire_time = holder,
          .renew_time = renew_time};
}

Disturbance trouble(double begin, double end, bool blinds) {
  return {.begin = at(begin), .end = at(end), .candidate = 0, .what = {}, .blinds = blinds};
}

const std::vector<Write>& writes() {
  static const std::vector<Write> kWrites{write(0, "a", "0"), write(1, "a", "1"),
                                          write(2, "a", "2"), write(6, "b", "6"),
                                          write(7, "b", "7")};
  return kWrites;
}

// What is found of the answers, with news that take half a second at most and two to get over a
// trouble.
std::size_t found(const std::vector<std::pair<double, std::string>>& answers,
                  const std::vector<Disturbance>& troubles = {},
                  const std::vector<Write>& books = writes()) {
  const Sight sight(troubles, 0, milliseconds(500), seconds(2));
  return check_followed(naming(answers), books, sight, at(100)).size();
}

}  // namespace

TEST_SUITE("chaos: followers") {
  TEST_CASE("a follower that names the holder while it holds is innocent") {
    CHECK(found({{1.5, "a"}, {3.9, "a"}, {4.1, ""}, {5.9, ""}, {6.2, "b"}}) == 0);
    // News take their time, both ways.
    CHECK(found({{4.4, "a"}, {6.4, ""}}) == 0);
  }

  TEST_CASE("a follower that names a holder whose record has expired is guilty") {
    CHECK(found({{4.6, "a"}}) == 1);
    // Once, however often it states it.
    CHECK(found({{4.6, "a"}, {4.7, "a"}, {4.8, "a"}}) == 1);
  }

  TEST_CASE("an edit of other fields does not extend a record") {
    Write edit = write(3.5, "a", "2");
    edit.by_candidate = false;
    std::vector<Write> books = writes();
    books.insert(books.begin() + 3, edit);
    CHECK(found({{4.6, "a"}}, {}, books) == 1);
    // Unless it touches the claim: without a claim the record is waited out again.
    books[3].claim = "garbled";
    CHECK(found({{4.6, "a"}}, {}, books) == 0);
  }

  TEST_CASE("a follower that names the last holder after a new one is guilty") {
    CHECK(found({{6.4, "a"}}, {trouble(3, 4, false)}) == 0);
    CHECK(found({{6.7, "a"}}) == 1);
    CHECK(found({{6.7, "a"}}, {trouble(6.1, 6.2, false)}) == 0);
    CHECK(found({{6.7, "a"}}, {trouble(5.9, 6.8, true)}) == 0);
  }

  TEST_CASE("a follower that names a candidate that never held is guilty") {
    CHECK(found({{3, "stranger"}}) == 1);
  }

  TEST_CASE("a follower that names no leader while one holds is guilty, if it could know") {
    CHECK(found({{2.6, ""}}) == 1);
    CHECK(found({{2.6, ""}}, {trouble(0, 0.2, false)}) == 0);
    CHECK(found({{2.6, ""}}, {trouble(2, 3, true)}) == 0);
    CHECK(found({{4.5, ""}}) == 0);
    // It states nothing about its own record.
    CHECK(found({{2.6, ""}}, {}, {write(0, "x", "0"), write(2, "x", "2")}) == 0);
  }

  TEST_CASE("late news of an old record is an excuse, and blindness is not") {
    CHECK(found({{4.6, "a"}}, {trouble(2, 3, false)}) == 0);
    CHECK(found({{4.6, "a"}}, {trouble(2, 3, true)}) == 0);
    CHECK(found({{4.6, "a"}}, {trouble(1, 5, true)}) == 1);
    // Not even beside a trouble that lets old news through.
    CHECK(found({{4.6, "a"}}, {trouble(1, 5, true), trouble(2.5, 4.5, false)}) == 1);
    // But a follower that stands still meanwhile finds afterwards what had arrived before.
    Disturbance stop = trouble(1, 4, false);
    stop.stills = true;
    CHECK(found({{4.6, "a"}}, {trouble(1.5, 5, true), stop}) == 0);
  }

  TEST_CASE("a follower that missed a shorter record may name its holder for the longer one") {
    std::vector<Write> books{write(1, "a", "1"), write(1.5, "a", "1")};
    books[0].duration = seconds(4);
    const std::vector<Disturbance> blind{trouble(0.9, 20, true)};
    CHECK(found({{5.4, "a"}}, blind, books) == 0);
    CHECK(found({{6.1, "a"}}, blind, books) == 1);
  }

  TEST_CASE("a way that is slow brings news while the server is silent") {
    Disturbance silence = trouble(1, 5, true);
    silence.candidate = Disturbance::kAll;
    Disturbance delay = trouble(0, 3, false);
    CHECK(found({{4.6, "a"}}, {silence, delay}) == 1);
    delay.delays = true;
    CHECK(found({{4.6, "a"}}, {silence, delay}) == 0);
    // A way that is closed does not.
    CHECK(found({{4.6, "a"}}, {trouble(1, 5, true), silence}) == 1);
  }

  TEST_CASE("a follower that has seen nothing for the duration of a record names no leader") {
    const auto blind = [](double begin, double end, const std::string& name, double when) {
      const Sight sight({trouble(begin, end, true)}, 0, milliseconds(500), seconds(2));
      return check_blind(naming({{when, name}}), {{"a", seconds(2)}}, sight, at(100)).size();
    };
    CHECK(blind(1, 5, "a", 4.1) == 1);
    CHECK(blind(1, 5, "a", 3.9) == 0);  // some of it was not blind
    CHECK(blind(1, 5, "a", 5.1) == 0);
    CHECK(blind(1, 5, "", 4.1) == 0);
    CHECK(blind(1, 5, "x", 4.1) == 0);  // itself, which is judged by its hold
  }
}

}  // namespace elector::tests::chaos
