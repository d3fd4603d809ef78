// SPDX-License-Identifier: Apache-2.0
// What core/election hands out besides its reports: requests, views, wake-ups. The protocol itself
// is shown by tests/protocol/stories.
#include "core/election.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/protocol/model/api_model.h"

namespace elector::tests {
namespace {

using core::Answer;
using core::BootTime;
using core::Config;
using core::Content;
using core::Duration;
using core::Election;
using core::Now;
using core::Observation;
using core::Outcome;
using core::Report;
using core::Request;
using core::Timing;
using core::Verb;
using core::View;
using core::WallTime;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kLeasePrecision = microseconds(1);
constexpr Duration kAnnotationPrecision = seconds(1);

Now at(Duration since_start) {
  const WallTime noon{std::chrono::hours(490000)};
  return {.boot = BootTime(seconds(1000) + since_start),
          .wall = std::chrono::time_point_cast<WallTime::duration>(noon + since_start)};
}

Config config_of_a(std::vector<Duration> precisions = {kLeasePrecision}) {
  return {.identity = "a",
          .instance = "a1",
          .timing = Timing::from_lease_duration(seconds(10)),
          .lock_precisions = std::move(precisions),
          .seed = 1};
}

Observation held_by(const std::string& holder, int version, seconds duration) {
  return {.content = Content::kRecord,
          .version = std::to_string(version),
          .record = {.holder = holder,
                     .lease_duration = duration,
                     .acquire_time = at(seconds(0)).wall,
                     .renew_time = at(seconds(0)).wall,
                     .transitions = 4},
          .raw = {}};
}

Answer answer_with(std::uint64_t id, const Observation& seen) {
  return {.id = id, .outcome = Outcome::kOk, .object = seen, .retry_after = {}, .message = {}};
}

// Everything that the election asks is answered by the API at once; returns what was asked.
std::vector<Request> serve(Election& election, ApiModel& api, Now now) {
  std::vector<Request> asked;
  for (;;) {
    const std::vector<Request> requests = election.take_requests();
    if (requests.empty()) return asked;
    for (const Request& request : requests) {
      asked.push_back(request);
      election.answer(api.handle(request.lock, request), now);
    }
  }
}

// Has read the lock and watches it, and stands; what it asks then is not answered yet.
void stand_watching(Election& election, ApiModel& api) {
  election.start(at(seconds(0)));
  serve(election, api, at(seconds(0)));
  election.watching(0, true, at(seconds(0)));
  election.stand(true, at(seconds(0)));
}

}  // namespace

TEST_CASE(
    "a view knows nothing before the lock was read, then the leader, until when, since when") {
  Election election(config_of_a());
  election.start(at(seconds(0)));
  const View before = election.view(at(seconds(0)));
  CHECK_FALSE(before.observed);
  CHECK(before.leader.empty());
  CHECK_FALSE(before.is_leader);
  CHECK_FALSE(before.record);
  CHECK_FALSE(before.expires_at);

  const std::vector<Request> requests = election.take_requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].verb == Verb::kGet);
  election.answer(answer_with(requests[0].id, held_by("x", 5, seconds(15))), at(seconds(1)));
  const View after = election.view(at(seconds(3)));
  CHECK(after.observed);
  CHECK(after.leader == "x");
  CHECK_FALSE(after.is_leader);
  REQUIRE(after.record);
  CHECK(after.record->transitions == 4);
  CHECK(after.observed_at == at(seconds(1)).boot);
  CHECK(after.expires_at == at(seconds(16)).boot);
  CHECK(after.token.empty());

  // The record stays visible when there is no leader any more.
  const View expired = election.view(at(seconds(16)));
  CHECK(expired.leader.empty());
  CHECK(expired.record);
  CHECK_FALSE(expired.expires_at);
}

TEST_CASE("unreadable content in the record's place is not a record in the view") {
  Election election(config_of_a());
  election.start(at(seconds(0)));
  const Observation garbled{.content = Content::kUnreadable, .version = "5", .raw = "?"};
  election.answer(answer_with(election.take_requests().at(0).id, garbled), at(seconds(0)));
  CHECK(election.view(at(seconds(0))).observed);
  CHECK_FALSE(election.view(at(seconds(0))).record);
}

// What the API did with a write that it did not answer shows only later.
TEST_CASE("what a gap in the watch hid is read, but in office the next renewal shows as much") {
  ApiModel api({kLeasePrecision});
  Election election(config_of_a());
  election.start(at(seconds(0)));
  serve(election, api, at(seconds(0)));
  election.watching(0, true, at(seconds(0)));
  election.missed_events(0, at(seconds(1)));
  const std::vector<Request> read = serve(election, api, at(seconds(1)));
  REQUIRE(read.size() == 1);
  CHECK(read[0].verb == Verb::kGet);
  election.stand(true, at(seconds(1)));
  serve(election, api, at(seconds(1)));
  REQUIRE(election.holds(at(seconds(1))));
  election.missed_events(0, at(seconds(2)));
  CHECK(election.take_requests().empty());
}

// The store shows a write of the current term: no other candidate can have led in between.
TEST_CASE("a leader continues when a restored store shows an earlier write of its own term") {
  ApiModel api({kLeasePrecision});
  Election election(config_of_a());
  stand_watching(election, api);
  serve(election, api, at(seconds(0)));
  REQUIRE(election.holds(at(seconds(0))));
  const ApiModel::Backup backup = api.backup();
  election.tick(at(seconds(2)));
  serve(election, api, at(seconds(2)));
  api.restore(backup, true);
  for (int second = 3; second <= 20; ++second) {
    election.tick(at(seconds(second)));
    serve(election, api, at(seconds(second)));
    CAPTURE(second);
    CHECK(election.holds(at(seconds(second))));
  }
}

// After another's term this process no longer counts it as its own; but no other process wrote it.
TEST_CASE("a write of its own that a restored store shows is not called another process's") {
  ApiModel api({kLeasePrecision});
  Election election(config_of_a());
  stand_watching(election, api);
  serve(election, api, at(seconds(0)));
  REQUIRE(election.holds(at(seconds(0))));
  Observation own = api.get(0);
  election.observe(0, held_by("b", 150, seconds(10)), at(seconds(1)));
  election.tick(at(seconds(10)));
  REQUIRE_FALSE(election.holds(at(seconds(10))));
  own.version = "160";
  election.observe(0, own, at(seconds(11)));
  CHECK(election.view(at(seconds(11))).record->holder == "a");
  for (const Report& report : election.take_reports()) {
    CAPTURE(report.text);
    CHECK(report.kind != Report::Kind::kNotice);
  }
}

std::string notices_of(Election& election) {
  std::string text;
  for (const Report& report : election.take_reports()) {
    if (report.kind == Report::Kind::kNotice) text += report.text + "\n";
  }
  return text;
}

TEST_CASE("an edit of a record in the candidate's own name is not the life of another process") {
  ApiModel api({kLeasePrecision});
  Election election(config_of_a());
  stand_watching(election, api);
  Observation twin = held_by("a", 150, seconds(10));
  election.observe(0, twin, at(seconds(1)));
  CHECK(notices_of(election).find("an earlier run, or a second process") != std::string::npos);
  twin.version = "151";
  twin.record.lease_duration = seconds(20);
  election.observe(0, twin, at(seconds(2)));
  CHECK(notices_of(election).empty());
  twin.version = "152";
  twin.record.renew_time = at(seconds(3)).wall;
  election.observe(0, twin, at(seconds(3)));
  CHECK(notices_of(election).find("another process runs with this") != std::string::npos);
}

TEST_CASE("a leader does not blame another program for what a restored store shows") {
  ApiModel api({kLeasePrecision});
  Election before(config_of_a());
  stand_watching(before, api);
  serve(before, api, at(seconds(0)));
  before.stand(false, at(seconds(0)));
  before.work_stopped(at(seconds(0)));
  serve(before, api, at(seconds(0)));
  REQUIRE(api.get(0).record.holder.empty());
  const ApiModel::Backup backup = api.backup();
  Config config = config_of_a();
  config.instance = "a2";
  Election election(config);
  stand_watching(election, api);
  serve(election, api, at(seconds(0)));
  REQUIRE(election.holds(at(seconds(0))));
  election.take_reports();
  api.restore(backup, true);
  std::string notices;
  for (int step = 1; step <= 12; ++step) {
    election.tick(at(milliseconds(500) * step));
    serve(election, api, at(milliseconds(500) * step));
    notices += notices_of(election);
  }
  CHECK_MESSAGE(notices.find("its store was restored") != std::string::npos, notices);
  CHECK_MESSAGE(notices.find("by another program") == std::string::npos, notices);
}

// Answers everything that is asked with 500, without doing it, until nothing more is asked.
void fail_all(Election& election, ApiModel& api, Now now) {
  for (;;) {
    const std::vector<Request> requests = election.take_requests();
    if (requests.empty()) return;
    for (const Request& request : requests) {
      Answer answer;
      answer.id = request.id;
      if (request.verb == Verb::kGet) answer = api.handle(request.lock, request);
      election.answer(answer, now);
    }
  }
}

TEST_CASE("a write of a term that was given up without answers is not left in flight") {
  ApiModel api({kLeasePrecision});
  Election election(config_of_a());
  stand_watching(election, api);
  SUBCASE("a write that is under way keeps the process from being at rest") {
    CHECK(election.take_requests().size() == 1);
    election.tick(at(seconds(7)));
    CHECK_FALSE(election.at_rest());
    election.stand(false, at(seconds(7)));
    CHECK_FALSE(election.at_rest());
  }
  SUBCASE("a create of unknown fate is made impossible by a release") {
    for (int second = 0; second < 7; ++second) {
      election.tick(at(seconds(second)));
      fail_all(election, api, at(seconds(second)));
    }
    election.stand(false, at(seconds(7)));
    const std::vector<Request> asked = serve(election, api, at(seconds(8)));
    REQUIRE_FALSE(asked.empty());
    CHECK(asked.back().verb == Verb::kCreate);
    CHECK(asked.back().record.holder.empty());
    CHECK(election.at_rest());
  }
}

TEST_CASE("a release makes a write of unknown fate over unreadable content impossible") {
  ApiModel api({kLeasePrecision});
  api.garble(0, "{nonsense", Claims::kRemoved);
  Election election(config_of_a());
  stand_watching(election, api);
  election.tick(at(seconds(10)));
  fail_all(election, api, at(seconds(10)));
  election.stand(false, at(seconds(10)));
  election.tick(at(seconds(11)));
  const std::vector<Request> asked = serve(election, api, at(seconds(11)));
  REQUIRE_FALSE(asked.empty());
  CHECK(asked.back().record.holder.empty());
  CHECK(api.get(0).content == Content::kRecord);
  CHECK(election.at_rest());
}

TEST_CASE("reads that failed while following do not delay the reading of an unanswered write") {
  ApiModel api({kLeasePrecision});
  Election election(config_of_a());
  election.start(at(seconds(0)));
  for (int second = 0; second < 20; second += 2) {
    election.tick(at(seconds(second)));
    for (const Request& request : election.take_requests()) {
      Answer answer;
      answer.id = request.id;
      election.answer(answer, at(seconds(second)));
    }
  }
  election.tick(at(seconds(20)));
  serve(election, api, at(seconds(20)));
  election.stand(true, at(seconds(20)));
  const std::vector<Request> create = election.take_requests();
  REQUIRE(create.size() == 1);
  REQUIRE(create[0].verb == Verb::kCreate);
  Answer unknown;
  unknown.id = create[0].id;
  election.answer(unknown, at(seconds(20)));
  const std::vector<Request> read = election.take_requests();
  REQUIRE(read.size() == 1);
  CHECK(read[0].verb == Verb::kGet);
}

TEST_CASE("a request to resign concerns the holder and the instance that it names") {
  struct Row {
    const char* what;
    const char* holder;
    const char* instance;
    const char* to;
    bool stops;
  };
  const Row rows[] = {
      {"this process", "a", "a1", "", true},
      {"this process, for another", "a", "a1", "b", true},
      {"this process, for itself", "a", "a1", "a", false},
      {"another process of this name", "a", "a2", "", false},
      {"another holder", "b", "a1", "", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    ApiModel api({kLeasePrecision});
    Election election(config_of_a());
    stand_watching(election, api);
    serve(election, api, at(seconds(0)));
    REQUIRE(election.holds(at(seconds(0))));
    election.take_reports();
    Observation seen = api.get(0);
    seen.version = "1000";
    seen.resign = core::ResignRequest{
        .holder = row.holder, .instance = row.instance, .to = row.to, .id = "1", .release = {}};
    election.observe(0, seen, at(seconds(1)));
    bool stops = false;
    for (const core::Report& report : election.take_reports()) {
      stops |= report.kind == core::Report::Kind::kStopWork;
    }
    CHECK(stops == row.stops);
  }
}

TEST_CASE("an acquiring write that was overtaken needs no reading to know by what") {
  ApiModel api({kLeasePrecision});
  Election election(config_of_a());
  stand_watching(election, api);
  const Request create = election.take_requests().at(0);
  const Answer late = api.handle(0, create);
  api.set_record(0, held_by("x", 0, seconds(10)).record, Claims::kRemoved);
  election.observe(0, api.get(0), at(milliseconds(1)));
  election.answer(late, at(milliseconds(2)));
  CHECK(election.take_requests().empty());
  CHECK(election.view(at(milliseconds(2))).leader == "x");
}

TEST_CASE("a server that asks to retry later is obeyed while the lock is released, for one lease") {
  for (const seconds patience : {seconds(3), seconds(60)}) {
    ApiModel api({kLeasePrecision});
    Election election(config_of_a());
    stand_watching(election, api);
    serve(election, api, at(seconds(0)));
    election.stand(false, at(seconds(0)));
    election.work_stopped(at(seconds(0)));
    Answer busy;
    busy.id = election.take_requests().at(0).id;
    busy.outcome = Outcome::kRefused;
    busy.retry_after = patience;
    election.answer(busy, at(seconds(0)));
    const Timing timing = config_of_a().timing;
    const Duration last = Duration(timing.lease_duration) - timing.retry_period;
    CHECK(election.next_wake() == at(std::min<Duration>(patience, last)).boot);
  }
}

TEST_CASE(
    "a candidate that resigned stands aside whatever is done to the lock, unless another leads") {
  for (const bool emptied : {false, true}) {
    CAPTURE(emptied);
    ApiModel api({kLeasePrecision});
    Election election(config_of_a());
    stand_watching(election, api);
    serve(election, api, at(seconds(0)));
    api.ask_to_resign(0, "", "please");
    election.observe(0, api.get(0), at(seconds(1)));
    serve(election, api, at(seconds(1)));
    election.work_stopped(at(seconds(1)));
    serve(election, api, at(seconds(1)));
    REQUIRE(api.get(0).record.holder.empty());
    if (emptied) api.empty(0, Claims::kRemoved);
    election.observe(0, api.get(0), at(seconds(2)));
    election.tick(at(seconds(3)));
    CHECK(serve(election, api, at(seconds(3))).empty());
    election.tick(at(seconds(11)));
    serve(election, api, at(seconds(11)));
    CHECK(election.holds(at(seconds(11))));
  }
}

TEST_CASE("an acquiring write whose answer comes at the very end of its hold makes no leader") {
  for (const bool late : {false, true}) {
    ApiModel api({kLeasePrecision});
    Election election(config_of_a());
    election.start(at(seconds(0)));
    serve(election, api, at(seconds(0)));
    election.stand(true, at(seconds(0)));
    const std::vector<Request> create = election.take_requests();
    REQUIRE(create.size() == 1);
    const Duration hold = config_of_a().timing.renew_deadline;
    const Now answered = at(late ? hold : hold - microseconds(1));
    election.answer(api.handle(0, create[0]), answered);
    bool elected = false;
    for (const core::Report& report : election.take_reports()) {
      elected |= report.kind == core::Report::Kind::kElected;
    }
    CHECK(elected != late);
  }
}

TEST_CASE("an acquiring write that may still land is kept out before the candidate leaves") {
  for (const bool absent : {false, true}) {
    CAPTURE(absent);
    Observation vacant = held_by("", 5, seconds(0));
    if (absent) vacant = {.content = Content::kAbsent, .version = "", .raw = {}};
    Election election(config_of_a());
    election.start(at(seconds(0)));
    election.answer(answer_with(election.take_requests().at(0).id, vacant), at(seconds(0)));
    election.stand(true, at(seconds(0)));
    const Request lost = election.take_requests().at(0);
    CHECK(lost.record.holder == "a");
    const Answer unknown{.id = lost.id,
                         .outcome = Outcome::kUnknown,
                         .object = {},
                         .retry_after = {},
                         .message = {}};
    election.answer(unknown, at(seconds(2)));
    election.stand(false, at(seconds(2)));
    election.tick(at(seconds(3)));
    const Request look = election.take_requests().at(0);
    REQUIRE(look.verb == Verb::kGet);
    // The reading was faster than the write, which is still on its way.
    election.answer(answer_with(look.id, vacant), at(seconds(3)));
    election.tick(at(seconds(4)));
    const std::vector<Request> seal = election.take_requests();
    REQUIRE(seal.size() == 1);
    CHECK(seal[0].record.holder.empty());
    CHECK(seal[0].version == lost.version);
    CHECK_FALSE(election.at_rest());
    // It was first: the lost write will be refused for its version.
    Observation sealed = held_by("", 6, seconds(1));
    sealed.record = seal[0].record;
    sealed.claim = seal[0].claim;
    election.answer(answer_with(seal[0].id, sealed), at(seconds(4)));
    for (const Request& request : election.take_requests()) CHECK(request.verb == Verb::kGet);
    CHECK(election.at_rest());
  }
}

TEST_CASE("a lock without a holder seems dead while candidates wait for it, and only then") {
  const auto first_seen = [](const Observation& seen) {
    Election election(config_of_a());
    election.start(at(seconds(0)));
    election.answer(answer_with(election.take_requests().at(0).id, seen), at(seconds(0)));
    return election;
  };
  Observation cleared = held_by("", 5, seconds(0));
  cleared.record.renew_time = at(seconds(-60)).wall;
  cleared.claim = core::Claim{
      .instance = "x1", .nonce = "n", .holder = "x", .renew_time = *cleared.record.renew_time};
  for (const Observation& left :
       {cleared, Observation{.content = Content::kUnreadable, .version = "5", .raw = "?"}}) {
    const Election election = first_seen(left);
    CHECK(election.view(at(seconds(9))).seems_dead);
    CHECK_FALSE(election.view(at(seconds(10))).seems_dead);
  }
  CHECK_FALSE(first_seen(held_by("", 5, seconds(0))).view(at(seconds(0))).seems_dead);
  CHECK_FALSE(first_seen(held_by("x", 5, seconds(15))).view(at(seconds(0))).seems_dead);

  Election election = first_seen(held_by("x", 5, seconds(15)));
  election.observe(0, {.content = Content::kAbsent, .version = "6", .raw = {}}, at(seconds(1)));
  CHECK(election.view(at(seconds(1))).seems_dead);
}

TEST_CASE("of a multi-lock both objects must be read, and agree, before a candidate leads") {
  Election election(config_of_a({kAnnotationPrecision, kLeasePrecision}));
  election.start(at(seconds(0)));
  const std::vector<Request> requests = election.take_requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].lock == 0);
  CHECK(requests[1].lock == 1);

  election.answer(answer_with(requests[0].id, held_by("x", 5, seconds(15))), at(seconds(0)));
  CHECK_FALSE(election.view(at(seconds(0))).observed);
  CHECK(election.view(at(seconds(0))).leader.empty());

  SUBCASE("the leader's time is the shorter of the two") {
    election.answer(answer_with(requests[1].id, held_by("x", 6, seconds(12))), at(seconds(1)));
    const View view = election.view(at(seconds(1)));
    CHECK(view.observed);
    CHECK(view.leader == "x");
    CHECK(view.expires_at == at(seconds(13)).boot);
    CHECK(view.record->lease_duration == seconds(15));  // the primary's
    CHECK(election.view(at(seconds(13))).leader.empty());
  }
  SUBCASE("two holders are no leader") {
    election.answer(answer_with(requests[1].id, held_by("y", 6, seconds(12))), at(seconds(1)));
    CHECK(election.view(at(seconds(1))).observed);
    CHECK(election.view(at(seconds(1))).leader.empty());
  }
  SUBCASE("one that is not held makes no leader either") {
    election.answer(answer_with(requests[1].id, held_by("", 6, seconds(1))), at(seconds(1)));
    CHECK(election.view(at(seconds(1))).leader.empty());
  }
}

TEST_CASE("a leader's view has its token and the end of its hold, until the hold is over") {
  ApiModel api({kLeasePrecision});
  Election election(config_of_a());
  election.start(at(seconds(0)));
  election.stand(true, at(seconds(0)));
  serve(election, api, at(seconds(0)));
  const View view = election.view(at(seconds(1)));
  CHECK(view.is_leader);
  CHECK(view.leader == "a");
  CHECK(view.token == api.get(0).version);
  CHECK(view.expires_at == election.hold_until());
  CHECK(election.holds(at(seconds(6))));

  const View later = election.view(at(seconds(7)));  // there was no tick in between
  CHECK_FALSE(later.is_leader);
  CHECK(later.leader.empty());
  CHECK(later.token.empty());
  CHECK_FALSE(election.holds(at(seconds(7))));
}

TEST_CASE("whatever comes first after the end of a hold, the term is lost, not stepped down from") {
  struct Row {
    const char* what;
    std::function<void(Election&, Now)> comes;
  };
  const Row rows[] = {
      {"a tick", [](Election& election, Now now) { election.tick(now); }},
      {"the wish to leave", [](Election& election, Now now) { election.stand(false, now); }},
      {"the wish to stay", [](Election& election, Now now) { election.stand(true, now); }},
      {"the end of its work", [](Election& election, Now now) { election.work_stopped(now); }},
      {"an answer",
       [](Election& election, Now now) { election.answer(answer_with(999, {}), now); }},
      {"an event",
       [](Election& election, Now now) { election.observe(0, held_by("a", 1, seconds(10)), now); }},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    ApiModel api({kLeasePrecision});
    Election election(config_of_a());
    election.start(at(seconds(0)));
    election.stand(true, at(seconds(0)));
    serve(election, api, at(seconds(0)));
    REQUIRE(election.view(at(seconds(0))).is_leader);
    election.take_reports();
    row.comes(election, at(seconds(7)));
    int lost = 0;
    for (const core::Report& report : election.take_reports()) {
      CHECK(report.kind != core::Report::Kind::kStopWork);
      if (report.kind == core::Report::Kind::kLost) ++lost;
    }
    CHECK(lost == 1);
  }
}

TEST_CASE("a request may take a retry period in office, and at least a second outside it") {
  ApiModel api({kLeasePrecision});
  Config config = config_of_a();
  config.timing.retry_period = milliseconds(300);
  Election election(config);
  election.start(at(seconds(0)));
  election.stand(true, at(seconds(0)));
  for (const Request& request : serve(election, api, at(seconds(0)))) {
    CHECK(request.timeout == seconds(1));
  }
  election.tick(at(milliseconds(300)));
  const std::vector<Request> renewal = election.take_requests();
  REQUIRE(renewal.size() == 1);
  CHECK(renewal[0].verb == Verb::kUpdate);
  CHECK(renewal[0].timeout == milliseconds(300));
}

TEST_CASE(
    "a write carries the times at its lock's precision, a claim, and the object as it was read") {
  ApiModel api({kAnnotationPrecision});
  api.empty(0, Claims::kRemoved);  // does nothing: the object does not exist
  api.garble(0, "?", Claims::kRemoved);
  api.edit(0, "labels of others");
  api.empty(0, Claims::kRemoved);
  Election election(config_of_a({kAnnotationPrecision}));
  const Now now = at(milliseconds(2700));
  election.start(now);
  election.stand(true, now);
  const std::vector<Request> asked = serve(election, api, now);
  REQUIRE(asked.size() == 2);
  const Request& write = asked[1];
  CHECK(write.verb == Verb::kUpdate);
  CHECK(write.record.holder == "a");
  CHECK(write.record.renew_time == at(seconds(2)).wall);
  CHECK(write.record.acquire_time == at(seconds(2)).wall);
  CHECK(write.claim.instance == "a1");
  CHECK(write.claim.holder == "a");
  CHECK(write.claim.renew_time == write.record.renew_time);
  CHECK_FALSE(write.claim.forced);
  REQUIRE(write.body);
  CHECK(*write.body == "labels of others");

  election.tick(at(milliseconds(4700)));
  const std::vector<Request> renewal = election.take_requests();
  REQUIRE(renewal.size() == 1);
  CHECK(renewal[0].claim.nonce != write.claim.nonce);
  CHECK(renewal[0].claim.instance == "a1");
}

TEST_CASE("a wall clock before 1970 is cut to the precision towards the past, too") {
  ApiModel api({kAnnotationPrecision});
  Election election(config_of_a({kAnnotationPrecision}));
  const Now now{.boot = BootTime(seconds(1)), .wall = WallTime(milliseconds(-1500))};
  election.start(now);
  election.stand(true, now);
  const std::vector<Request> asked = serve(election, api, now);
  REQUIRE(asked.size() == 2);
  CHECK(asked[1].record.renew_time == WallTime(seconds(-2)));
  CHECK(election.holds(now));
}

TEST_CASE("a process that only watches a vacant lock requests nothing and need not be woken") {
  ApiModel api({kLeasePrecision});
  Election election(config_of_a());
  election.start(at(seconds(0)));
  serve(election, api, at(seconds(0)));
  election.watching(0, true, at(seconds(0)));
  CHECK_FALSE(election.next_wake());
  CHECK(election.at_rest());

  SUBCASE("while somebody holds it, it wakes to say when that is over") {
    election.observe(0, held_by("x", 500, seconds(15)), at(seconds(1)));
    CHECK(election.next_wake() == at(seconds(16)).boot);
    CHECK(election.take_reports().at(0).name == "x");
    election.tick(at(seconds(16)));
    const auto reports = election.take_reports();
    REQUIRE(reports.size() == 1);
    CHECK(reports[0].name.empty());
    CHECK_FALSE(election.next_wake());
  }
  SUBCASE("without a watch it polls") {
    election.watching(0, false, at(seconds(5)));
    CHECK(election.next_wake() == at(seconds(7)).boot);
    CHECK(election.take_requests().empty());
    election.tick(at(seconds(7)));
    CHECK(election.take_requests().size() == 1);
  }
}

TEST_CASE("an answer to nothing that was asked changes nothing") {
  ApiModel api({kLeasePrecision});
  Election election(config_of_a());
  election.start(at(seconds(0)));
  serve(election, api, at(seconds(0)));
  election.watching(0, true, at(seconds(0)));
  election.answer(answer_with(4711, held_by("x", 500, seconds(15))), at(seconds(1)));
  CHECK(election.view(at(seconds(1))).leader.empty());
  CHECK(election.take_reports().empty());
  CHECK(election.take_requests().empty());
}

}  // namespace elector::tests
