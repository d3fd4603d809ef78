// SPDX-License-Identifier: Apache-2.0
// Streams with events that must not follow one another, and streams with events that may.
#include "tests/system/chaos/stream.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

namespace elector::tests::chaos {
namespace {

Instant at(double second) {
  return Instant(Span(static_cast<Span::rep>(second * 1e9)));
}

StreamEvent event(double when, const std::string& name, std::optional<std::uint64_t> token = {}) {
  return {.received = at(when), .name = name, .token = token};
}

Life streaming(const std::string& name, const std::vector<StreamEvent>& events) {
  Life life{.name = name, .label = name, .number = 1};
  life.streams.push_back({.events = events, .read_to = at(100)});
  return life;
}

std::size_t found(const History& history) {
  return check_streams(history, std::chrono::seconds(1), at(100)).size();
}

}  // namespace

TEST_SUITE("chaos: streams") {
  TEST_CASE("a stream may skip, and come back to a name under a later token") {
    CHECK(found({streaming("a", {event(1, "b"), event(2, "a", 10), event(3, ""), event(4, "c"),
                                 event(5, "a", 12)})}) == 0);
    // The same term, of which something else has changed.
    CHECK(found({streaming("a", {event(2, "a", 10), event(3, "a", 10)})}) == 0);
  }

  TEST_CASE("a term that an event has ended is not claimed again") {
    CHECK(found({streaming("a", {event(2, "a", 10), event(3, ""), event(4, "a", 10)})}) == 1);
    CHECK(found({streaming("a", {event(2, "a", 10), event(3, "b"), event(4, "a", 9)})}) == 1);
    CHECK(found({streaming("a", {event(2, "a", 10), event(4, "a", 9)})}) == 1);
  }

  TEST_CASE("no candidate claims the term of another, whatever the source") {
    CHECK(found({streaming("a", {event(2, "a", 10)}), streaming("b", {event(3, "b", 10)})}) == 1);
    Life answering{.name = "b", .label = "b", .number = 1};
    answering.add({.sent = at(1), .received = at(2), .token = 10});
    CHECK(found({streaming("a", {event(2, "a", 10)}), answering}) == 1);
  }

  TEST_CASE("a stream soon shows what the answers show") {
    const auto with = [](double when, const std::string& name) {
      Life life = streaming("a", {event(1, "b"), event(5, "c")});
      life.add_served(name, {.sent = at(when), .received = at(when + 0.1)});
      return found({life});
    };
    CHECK(with(3, "b") == 0);
    CHECK(with(3, "c") == 1);
    CHECK(with(3, "") == 1);
    CHECK(with(4.5, "c") == 0);  // the event is on its way
    CHECK(with(5.5, "b") == 0);  // they may have crossed
    CHECK(with(1.5, "x") == 0);
    CHECK(with(99.5, "b") == 0);  // the stream was not read for long enough
  }
}

}  // namespace elector::tests::chaos
