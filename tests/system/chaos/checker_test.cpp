// SPDX-License-Identifier: Apache-2.0
// Histories that must be found guilty, and histories that must not.
#include "tests/system/chaos/checker.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace elector::tests::chaos {
namespace {

using std::chrono::milliseconds;

Instant at(double second) {
  return Instant(Span(static_cast<Span::rep>(second * 1e9)));
}

Statement claim(double sent, double received, std::uint64_t token) {
  return {.sent = at(sent), .received = at(received), .token = token};
}

Statement denial(double sent, double received) {
  return {.sent = at(sent), .received = at(received)};
}

Statement beat(double when, std::uint64_t token) {
  return {
      .sent = at(when), .received = at(when), .source = Statement::Source::kBeat, .token = token};
}

Life life(const std::string& name, const std::vector<Statement>& statements, int number = 1) {
  Life one{.name = name, .label = name, .number = number};
  for (const Statement& statement : statements) one.add(statement);
  return one;
}

std::vector<int> invariants(const Findings& findings) {
  std::vector<int> broken;
  for (const Finding& one : findings) {
    if (one.apart.empty()) broken.push_back(one.invariant);
  }
  return broken;
}

using Broken = std::vector<int>;

Broken judged(const History& history, const Surroundings& surroundings = {}) {
  return invariants(check_terms(history, surroundings));
}

}  // namespace

TEST_SUITE("chaos: the checker") {
  TEST_CASE("a candidate that claims before and after another's claim is guilty") {
    CHECK(judged({life("a", {claim(1, 2, 10), claim(5, 6, 10)}), life("b", {claim(3, 4, 11)})}) ==
          Broken{1});
  }

  TEST_CASE("claims that could have been made one after the other are innocent") {
    // Both asked for a long time: a may have answered at 1, b at 6.
    CHECK(judged({life("a", {claim(1, 6, 10)}), life("b", {claim(1, 6, 11)})}).empty());
    // They touch.
    CHECK(judged({life("a", {claim(1, 2, 10)}), life("b", {claim(2, 3, 11)})}).empty());
    CHECK(judged({life("a", {claim(1, 2, 10), claim(2, 4, 10)}), life("b", {claim(3, 5, 11)})})
              .empty());
  }

  TEST_CASE("a term between two others does not excuse the first") {
    CHECK(judged({life("a", {claim(1, 2, 10), claim(4, 9, 10)}), life("b", {claim(3, 5, 11)}),
                  life("c", {claim(2.5, 3.5, 12)})}) == Broken{1});
  }

  TEST_CASE("terms whose tokens do not grow with time are guilty") {
    CHECK(judged({life("a", {claim(5, 6, 10)}), life("b", {claim(1, 2, 11)})}) == Broken{5});
    CHECK(judged({life("a", {claim(1, 2, 10)}), life("b", {claim(3, 4, 11)}),
                  life("c", {claim(5, 6, 9)})})
              .size() >= 1);
  }

  TEST_CASE("two that have one token are guilty, two lives of one name too") {
    CHECK(judged({life("a", {claim(1, 2, 10)}), life("b", {claim(3, 4, 10)})}) == Broken{5});
    CHECK(judged({life("a", {claim(1, 2, 10)}), life("a", {claim(3, 4, 10)}, 2)}) == Broken{5});
    CHECK(judged({life("a", {claim(1, 2, 10)}), life("a", {claim(3, 4, 12)}, 2)}).empty());
  }

  TEST_CASE("a term that continues after it was denied is guilty") {
    CHECK(judged({life("a", {claim(1, 2, 10), denial(3, 4), claim(5, 6, 10)})}) == Broken{1});
    CHECK(judged({life("a", {claim(1, 2, 10), denial(3, 4), claim(5, 6, 12)})}).empty());
    // The denial may have been true before the term began.
    CHECK(judged({life("a", {denial(0, 1), claim(1, 2, 10), claim(5, 6, 10)})}).empty());
  }

  TEST_CASE("work of a term that continues while work of the next term runs is guilty") {
    CHECK(judged({life("a", {beat(1, 10), beat(3, 10)}), life("b", {beat(2, 11), beat(4, 11)})}) ==
          Broken{2});
    CHECK(judged({life("a", {beat(1, 10), beat(3, 10)}), life("b", {beat(3.1, 11)})}).empty());
  }

  TEST_CASE(
      "work of a term that continues while another candidate believes that it leads is guilty") {
    CHECK(judged({life("a", {beat(1, 10), beat(4, 10)}), life("b", {claim(2, 3, 11)})}) ==
          Broken{2});
    CHECK(judged({life("a", {beat(1, 10), beat(3, 10)}), life("b", {claim(2, 4, 11)})}).empty());
  }

  TEST_CASE("work may outlive the hold of its own term") {
    CHECK(judged({life("a", {claim(1, 2, 10), denial(3, 4), beat(4.5, 10)})}).empty());
  }

  TEST_CASE("an overlap after a foreign change is counted apart, within its bound") {
    const History history{life("a", {claim(1, 2, 10), claim(5, 6, 10)}),
                          life("b", {claim(3, 4, 11)})};
    const auto with = [&](double sent, double received) {
      return judged(history, {.foreign = {{at(sent), at(received), "object deleted"}},
                              .deadlines = {{"a", {.renew = milliseconds(2500)}},
                                            {"b", {.renew = milliseconds(9000)}}}});
    };
    CHECK(with(2.5, 2.6).empty());
    CHECK(with(2, 2.4) == Broken{1});    // its hold was over by 4.9
    CHECK(with(5.5, 5.6) == Broken{1});  // that was afterwards
    CHECK(with(0.1, 0.2) == Broken{1});  // and that before it led
    CHECK(check_terms(history, {.foreign = {{at(2.5), at(2.6), "object deleted"}},
                                .usual = {.renew = milliseconds(2500)}})
              .at(0)
              .apart == "object deleted");
  }

  TEST_CASE(
      "after a foreign change the former leader's belief is excused until D, and its work until "
      "K") {
    const auto with = [](const Statement& last, const Deadlines& a) {
      return judged({life("a", {claim(1, 2, 10), beat(1, 10), last}), life("b", {claim(3, 3, 11)})},
                    {.foreign = {{at(2.9), at(3), "object emptied"}},
                     .deadlines = {{"a", a}, {"c", {milliseconds(9000), milliseconds(9000)}}}});
    };
    const Deadlines own{.renew = milliseconds(1000), .kill = milliseconds(1500)};
    CHECK(with(claim(4, 4, 10), own).empty());
    CHECK(with(claim(4.1, 4.1, 10), own) == Broken{1});
    CHECK(with(beat(4.5, 10), own).empty());
    CHECK(with(beat(4.6, 10), own) == Broken{2});
  }

  TEST_CASE("a write that was clearly refused has changed nothing") {
    for (const int status : {0, 200, 201, 500, 503, 504}) CHECK(may_have_changed(status));
    for (const int status : {400, 404, 409, 429}) CHECK_FALSE(may_have_changed(status));
  }

  TEST_CASE("a stall of the machine excuses work that outlives its lease, and no belief") {
    const Surroundings stalled{.stalls = {{.at = at(2), .late = milliseconds(600)}}};
    CHECK(judged({life("a", {beat(1, 10), beat(2.1, 10)}), life("b", {beat(2, 11)})}, stalled)
              .empty());
    CHECK(judged({life("a", {beat(1, 10), beat(9.1, 10)}), life("b", {beat(9, 11)})}, stalled) ==
          Broken{2});
    CHECK(judged({life("a", {claim(1, 1, 10), claim(2.1, 2.1, 10)}), life("b", {claim(2, 2, 11)})},
                 stalled) == Broken{1});
  }

  TEST_CASE("a stall excuses neither work that continues for far longer nor work before K") {
    const auto with = [](double to, const std::vector<Stall>& stalls) {
      return judged({life("a", {beat(1, 10), beat(to, 10)}), life("b", {beat(3, 11)})},
                    {.stalls = stalls,
                     .deadlines = {{"a", {.kill = milliseconds(1500)}},
                                   {"b", {.kill = milliseconds(9000)}}}});
    };
    const Stall stall{.at = at(3), .late = milliseconds(200)};
    CHECK(with(3.4, {stall}).empty());
    CHECK(with(3.5, {stall}) == Broken{2});
    CHECK(with(3.5, {stall, {.at = at(2.8), .late = milliseconds(60)}}).empty());
    CHECK(with(3.1, {{.at = at(1.2), .late = milliseconds(200)}}) == Broken{2});
  }

  TEST_CASE("a candidate that holds for longer than D after its renewal was applied is guilty") {
    const std::vector<Write> writes{
        {.applied = at(1), .version = 10, .holder = "a", .acquire_time = "t", .renew_time = "1"},
        {.applied = at(2), .version = 11, .holder = "a", .acquire_time = "t", .renew_time = "2"},
        // Another client's edit renews nothing.
        {.applied = at(3),
         .version = 12,
         .by_candidate = false,
         .holder = "a",
         .acquire_time = "t",
         .renew_time = "2"},
        {.applied = at(9), .version = 13, .holder = "b", .acquire_time = "u", .renew_time = "9"}};
    const auto holds = [&](double sent, double received, int expires_ms) {
      Statement one = claim(sent, received, 10);
      one.expires = milliseconds(expires_ms);
      return check_holds(life("a", {one}), writes, std::chrono::seconds(2));
    };
    CHECK(holds(1.5, 1.6, 1500).empty());
    CHECK(holds(1.5, 1.6, 1501).size() == 1);
    CHECK(holds(3.5, 3.6, 400).empty());
    CHECK(holds(3.5, 3.6, 600).size() == 1);
    // The renewal may have been applied while the answer was under way.
    CHECK(holds(1.5, 2.1, 2000).empty());
  }

  TEST_CASE("two children in one term are guilty, a child and its daemon are not") {
    struct Beat {
      double when;
      pid_t pid;
      std::uint64_t token;
    };
    const auto with = [](std::size_t family, const std::vector<Beat>& beats) {
      Life one = life("a", {});
      one.family = family;
      for (const Beat& beat : beats) one.add_beat(at(beat.when), beat.pid, beat.token);
      return judged({one});
    };
    // One after the other, in one term and in two.
    CHECK(with(1, {{1, 7, 10}, {2, 7, 10}, {2.1, 8, 10}, {3, 8, 10}, {4, 9, 11}}).empty());
    CHECK(with(1, {{1, 7, 10}, {2, 8, 10}, {2.1, 7, 10}}) == Broken{2});
    CHECK(with(1, {{1, 7, 10}, {2, 8, 10}, {3, 8, 10}, {3.1, 7, 10}}) == Broken{2});
    // Another term's pid may come again.
    CHECK(with(1, {{1, 7, 10}, {2, 8, 11}, {3, 7, 12}}).empty());
    CHECK(with(2, {{1, 7, 10}, {1.1, 8, 10}, {2, 7, 10}, {2.1, 8, 10}}).empty());
    CHECK(with(2, {{1, 7, 10}, {1.1, 8, 10}, {1.2, 9, 10}, {2, 7, 10}, {2.1, 8, 10}}) == Broken{2});
  }

  TEST_CASE("a candidate that leads under a token that none of its writes has is guilty") {
    const auto by_hand = [](std::uint64_t version, const Write& before) {
      Write write = before;
      write.version = version;
      write.by_candidate = false;
      return write;
    };
    const Write of_a{.applied = at(1),
                     .version = 10,
                     .holder = "a",
                     .acquire_time = "t",
                     .renew_time = "1",
                     .claim = "n1"};
    const Write garbled{.applied = at(6), .version = 14, .by_candidate = false};
    Write renewed = of_a;
    renewed.version = 15;
    renewed.claim = "n2";
    const std::vector<Write> writes{
        of_a,
        by_hand(11, of_a),
        Write{.applied = at(5), .version = 12, .holder = "b", .acquire_time = "u"},
        by_hand(13, of_a),
        garbled,
        by_hand(16, renewed)};
    const auto holds = [&](std::uint64_t token, double sent, const std::vector<Write>& books) {
      return check_holds(life("a", {claim(sent, sent + 0.1, token)}), books,
                         std::chrono::seconds(2))
          .size();
    };
    CHECK(holds(10, 1.5, writes) == 0);
    CHECK(holds(9, 1.5, writes) == 1);
    CHECK(holds(12, 6, writes) == 1);    // another's
    CHECK(holds(10, 0.5, writes) == 1);  // it was not yet applied
    // Read back after an edit: the version of its own write cannot be known any more.
    CHECK(holds(11, 1.5, writes) == 0);
    // Another client put the record back after another candidate had led, or made one up.
    CHECK(holds(13, 6, writes) == 1);
    CHECK(holds(16, 6, writes) == 1);
    CHECK(holds(14, 6, writes) == 0);  // not known
    CHECK(holds(9, 1.5, {}) == 0);
  }

  TEST_CASE("lines that name leaders in another order than they led in are guilty") {
    const std::vector<std::string> holders{"a", "b", "a", "c"};
    const auto lines = [&](const std::vector<std::string>& printed) {
      std::vector<std::string> all;
      all.reserve(printed.size());
      for (const std::string& name : printed) all.push_back(name + " is the leader");
      return check_lines("x.1", all, holders).size();
    };
    CHECK(lines({"a", "nobody", "b", "a", "nobody", "c"}) == 0);
    CHECK(lines({"b", "c"}) == 0);
    CHECK(lines({"a", "nobody", "a"}) == 0);
    CHECK(lines({"c", "a"}) == 1);
    CHECK(lines({"b", "a", "b"}) == 1);
    CHECK(lines({"stranger"}) == 1);
  }
}

}  // namespace elector::tests::chaos
