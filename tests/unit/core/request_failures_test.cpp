// SPDX-License-Identifier: Apache-2.0
// What ends the failure of a kind of request, besides its success.
#include "core/request_failures.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace elector::tests {
namespace {

using core::Content;
using core::Observation;
using core::Outcome;
using core::RequestFailures;
using core::Verb;

Observation held_by(const std::string& holder) {
  Observation seen{.content = Content::kRecord, .version = "5", .raw = {}};
  seen.record.holder = holder;
  seen.record.lease_duration = std::chrono::seconds(15);
  return seen;
}

const Observation kAbsent{.content = Content::kAbsent, .version = {}, .raw = {}};
const Observation kEmpty{.content = Content::kEmpty, .version = "4", .raw = {}};

}  // namespace

TEST_CASE(
    "each cause is reported once for all kinds of request, and again after a success of all; of "
    "many causes the first ones") {
  RequestFailures failures("me");
  CHECK(failures.none());
  CHECK(failures.note(0, Verb::kGet, Outcome::kUnknown, "away"));
  CHECK_FALSE(failures.note(0, Verb::kGet, Outcome::kUnknown, "away"));
  CHECK_FALSE(failures.note(0, Verb::kUpdate, Outcome::kUnknown, "away"));
  CHECK_FALSE(failures.none());
  CHECK_FALSE(failures.answered(0, Verb::kGet));  // but not everything yet
  CHECK(failures.answered(0, Verb::kUpdate));
  CHECK_FALSE(failures.answered(0, Verb::kUpdate));
  CHECK(failures.none());
  CHECK(failures.note(0, Verb::kGet, Outcome::kUnknown, "away"));
  int said = 0;
  for (int port = 0; port < 100; ++port) {
    said += failures.note(1, Verb::kGet, Outcome::kUnknown, std::to_string(port)) ? 1 : 0;
  }
  CHECK(said == 8);
}

TEST_CASE("what is seen of the lock ends the failure of what will not be tried again") {
  struct Row {
    Verb failed;
    Observation seen;
    bool ends;
  };
  const std::vector<Row> table{
      {Verb::kGet, kAbsent, true},          {Verb::kGet, held_by("me"), true},
      {Verb::kUpdate, held_by("b"), true},  {Verb::kUpdate, held_by("me"), false},
      {Verb::kUpdate, held_by(""), false},  {Verb::kUpdate, kEmpty, false},
      {Verb::kUpdate, kAbsent, true},       {Verb::kCreate, held_by("b"), true},
      {Verb::kCreate, held_by("me"), true}, {Verb::kCreate, kEmpty, true},
      {Verb::kCreate, kAbsent, false},
  };
  for (std::size_t row = 0; row < table.size(); ++row) {
    CAPTURE(row);
    const auto& [failed, seen, ends] = table[row];
    RequestFailures failures("me");
    failures.note(0, failed, Outcome::kUnknown, "503");
    CHECK_FALSE(failures.seen(1, seen));  // the other lock of a multi-lock
    CHECK(failures.seen(0, seen) == ends);
    CHECK(failures.none() == ends);
  }
}

TEST_CASE("what is forbidden stays so until it is allowed") {
  RequestFailures failures("me");
  failures.note(0, Verb::kUpdate, Outcome::kForbidden, "403");
  CHECK_FALSE(failures.seen(0, held_by("b")));
  CHECK_FALSE(failures.none());
  CHECK(failures.answered(0, Verb::kUpdate));
  CHECK(failures.none());
}

}  // namespace elector::tests
