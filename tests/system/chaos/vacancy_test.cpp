// SPDX-License-Identifier: Apache-2.0
#include "tests/system/chaos/vacancy.h"

#include <doctest/doctest.h>

#include <vector>

namespace elector::tests::chaos {
namespace {

Instant at(double second) {
  return Instant(Span(static_cast<Span::rep>(second * 1e9)));
}

Span lasting(double second) {
  return at(second).time_since_epoch();
}

Term term(std::uint64_t token, const std::string& name, double first, double last) {
  const Statement begin{.sent = at(first), .received = at(first), .token = token};
  const Statement end{.sent = at(last), .received = at(last), .token = token};
  return {.token = token, .lives = {name + ".1"}, .name = name, .answers = Edges{begin, end}};
}

// a leads until 10, b from there on.
std::vector<Vacancy> after(double begins, const std::vector<Disturbance>& disturbances,
                           const std::vector<Write>& writes = {}) {
  return vacancies_of({term(1, "a", 1, 10), term(9, "b", begins, 30)}, disturbances, writes, at(30),
                      {.candidates = {"a", "b"},
                       .record = lasting(3),
                       .settling = lasting(2),
                       .grace = lasting(1)});
}

}  // namespace

TEST_SUITE("chaos: vacancies") {
  TEST_CASE("a vacancy lasts from the last claim of one to the first of the next") {
    const auto found = after(12, {});
    REQUIRE(found.size() == 1);
    CHECK(found[0].length() == lasting(2));
    CHECK(found[0].healthy == lasting(2));
    CHECK_FALSE(found[0].breach);
    CHECK(after(10, {}).empty());
  }

  TEST_CASE("it is too long when someone healthy waits for more than the record and a little") {
    CHECK_FALSE(after(14.9, {}).at(0).breach);
    CHECK(after(15.1, {}).at(0).breach);
  }

  TEST_CASE("time in which no candidate could have led does not count") {
    const Disturbance frozen{.begin = at(9), .end = at(13), .what = "server frozen"};
    CHECK(after(17, {frozen}).at(0).healthy == lasting(4));
    CHECK_FALSE(after(17, {frozen}).at(0).breach);
    CHECK(after(18.1, {frozen}).at(0).breach);
  }

  TEST_CASE("that of one counts if the other is well") {
    const Disturbance dead{.begin = at(9), .candidate = 0, .what = "SIGKILL"};
    CHECK(after(16, {dead}).at(0).breach);
    const Disturbance both{.begin = at(9), .end = at(14), .candidate = 1, .what = "way cut"};
    CHECK_FALSE(after(16, {dead, both}).at(0).breach);
  }

  TEST_CASE("what the last leader had under way is waited out") {
    const Disturbance late{
        .begin = at(9), .end = at(14), .candidate = 0, .what = "way delayed", .delays = true};
    CHECK_FALSE(after(18.9, {late}).at(0).breach);
    CHECK(after(19.1, {late}).at(0).breach);
    // By then it has nothing under way any more.
    const Disturbance later{
        .begin = at(13), .end = at(18), .candidate = 0, .what = "way delayed", .delays = true};
    CHECK(after(19.1, {later}).at(0).breach);
  }

  TEST_CASE("it is too long when someone healthy lets a free lock lie") {
    const auto seconds = [](int count) { return std::chrono::seconds(count); };
    std::vector<Write> writes{
        {.applied = at(9), .version = 7, .holder = "a", .duration = seconds(3), .renew_time = "9"},
        // An edit of other fields.
        {.applied = at(11),
         .version = 8,
         .by_candidate = false,
         .holder = "a",
         .duration = seconds(3),
         .renew_time = "9"},
        {.applied = at(14), .version = 9, .holder = "b", .duration = seconds(3)}};
    CHECK(after(12.9, {}, writes).at(0).overdue == lasting(0.9));
    CHECK_FALSE(after(12.9, {}, writes).at(0).breach);
    CHECK(after(13.1, {}, writes).at(0).breach);
    // A candidate that takes it in time may be prevented from reporting it.
    writes[2].applied = at(12.9);
    CHECK(after(13.1, {}, writes).at(0).overdue == lasting(0.9));
    const std::vector<Write> given_back{{.applied = at(10), .version = 8}};
    CHECK_FALSE(after(10.9, {}, given_back).at(0).breach);
    CHECK(after(11.1, {}, given_back).at(0).breach);
    const std::vector<Write> emptied{{.applied = at(10), .version = 8, .by_candidate = false}};
    CHECK_FALSE(after(13, {}, emptied).at(0).breach);
    const Disturbance frozen{.begin = at(9), .end = at(10.5), .what = "server frozen"};
    CHECK_FALSE(after(12, {frozen}, given_back).at(0).overdue.has_value());
  }

  TEST_CASE("one that lasts counts once it is too long") {
    const auto until = [](double now) {
      return vacancies_of({term(1, "a", 1, 10)}, {}, {}, at(now),
                          {.candidates = {"a", "b"},
                           .record = lasting(3),
                           .settling = lasting(2),
                           .grace = lasting(1)});
    };
    CHECK(until(14.9).empty());
    REQUIRE(until(15.1).size() == 1);
    CHECK(until(15.1)[0].breach);
  }

  TEST_CASE("its cause is the last fault that hit the leader") {
    const Disturbance early{.begin = at(5), .end = at(6), .candidate = 0, .what = "way slow"};
    const Disturbance kill{.begin = at(9.9), .candidate = 0, .what = "SIGKILL"};
    const Disturbance other{.begin = at(9.95), .end = at(10), .candidate = 1, .what = "SIGSTOP"};
    const Disturbance late{.begin = at(11), .end = at(12), .what = "500"};
    CHECK(after(12, {early, kill, other, late}).at(0).cause == "SIGKILL");
    CHECK(after(12, {late}).at(0).cause == "nothing");
  }
}

}  // namespace elector::tests::chaos
