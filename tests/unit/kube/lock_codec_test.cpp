// SPDX-License-Identifier: Apache-2.0
#include "kube/lock/lock_codec.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "kube/base/json_text.h"
#include "kube/base/time_format.h"
#include "kube/lock/record_forms.h"

using namespace elector::kube;
using namespace std::chrono_literals;
using elector::core::Claim;
using elector::core::Content;
using elector::core::Observation;
using elector::core::Record;

namespace {

const LockName kLease{LockKind::kLease, "default", "x"};
const LockName kEndpoints{LockKind::kEndpoints, "default", "x"};
const LockName kConfigMap{LockKind::kConfigMap, "default", "x"};

// A Lease with that spec, as text.
std::string lease(const std::string& spec, const std::string& annotations = "{}") {
  return R"({"kind":"Lease","apiVersion":"coordination.k8s.io/v1","metadata":{"name":"x","namespace":"default",)"
         R"("uid":"u","resourceVersion":"7","annotations":)" +
         annotations + R"(},"spec":)" + spec + "}";
}

// Endpoints with that text as its record annotation.
std::string endpoints(const std::string& record) {
  return R"({"kind":"Endpoints","apiVersion":"v1","metadata":{"name":"x","namespace":"default","uid":"u",)"
         R"("resourceVersion":"7","annotations":{"control-plane.alpha.kubernetes.io/leader":)" +
         json::quote(record) + "}}}";
}

Observation read(const LockName& lock, const std::string& text) {
  auto seen = decode_lock(lock, text);
  if (!seen) MESSAGE(seen.error().message);
  REQUIRE(seen);
  return *seen;
}

Record record_at(const std::string& time) {
  Record record;
  record.holder = "me";
  record.lease_duration = 15s;
  record.acquire_time = parse_time("2026-01-02T03:04:05.123456Z");
  record.renew_time = parse_time(time);
  record.transitions = 3;
  return record;
}

Claim claim_of(const Record& record) {
  return {"instance", "nonce", record.holder, record.renew_time, false};
}

}  // namespace

TEST_CASE("a Lease as client-go writes it is a record") {
  const auto seen = read(
      kLease,
      lease(
          R"({"holderIdentity":"host_1f","leaseDurationSeconds":15,"acquireTime":"2026-01-02T03:04:05.000000Z",)"
          R"("renewTime":"2026-01-02T03:05:06.123456Z","leaseTransitions":2})"));
  CHECK(seen.content == Content::kRecord);
  CHECK(seen.version == "7");
  CHECK(seen.record.holder == "host_1f");
  CHECK(seen.record.lease_duration == 15s);
  CHECK(seen.record.acquire_time == parse_time("2026-01-02T03:04:05Z"));
  CHECK(seen.record.renew_time == parse_time("2026-01-02T03:05:06.123456Z"));
  CHECK(seen.record.transitions == 2);
  CHECK_FALSE(seen.claim);
}

TEST_CASE("an annotation as client-go and the 2016 image write it is a record") {
  const auto seen = read(
      kEndpoints,
      endpoints(
          R"({"holderIdentity":"pod-1","leaseDurationSeconds":10,"acquireTime":"2026-01-02T03:04:05Z",)"
          R"("renewTime":"2026-01-02T03:05:06Z","leaderTransitions":4})"));
  CHECK(seen.content == Content::kRecord);
  CHECK(seen.record.holder == "pod-1");
  CHECK(seen.record.lease_duration == 10s);
  CHECK(seen.record.renew_time == parse_time("2026-01-02T03:05:06Z"));
  CHECK(seen.record.transitions == 4);
}

TEST_CASE("a release, with an empty holder and times that are null, is a record") {
  const auto seen = read(
      kEndpoints, endpoints(R"({"holderIdentity":"","leaseDurationSeconds":1,"acquireTime":null,)"
                            R"("renewTime":"2026-01-02T03:05:06Z","leaderTransitions":4})"));
  CHECK(seen.content == Content::kRecord);
  CHECK(seen.record.holder.empty());
  CHECK_FALSE(seen.record.acquire_time);
  const auto bare = read(kLease, lease(R"({"leaseDurationSeconds":1})"));
  CHECK(bare.content == Content::kRecord);
  CHECK(bare.record.holder.empty());
}

TEST_CASE("an object without a record is empty") {
  CHECK(read(kLease, lease("{}")).content == Content::kEmpty);
  CHECK(read(kLease, lease("null")).content == Content::kEmpty);
  CHECK(read(kLease, lease(R"({"holderIdentity":null})")).content == Content::kEmpty);
  CHECK(read(kLease, lease(R"({"strategy":"OldestEmulationVersion"})")).content == Content::kEmpty);
  CHECK(read(kEndpoints, R"({"kind":"Endpoints","metadata":{"name":"x","resourceVersion":"7"}})")
            .content == Content::kEmpty);
  CHECK(
      read(
          kEndpoints,
          R"({"kind":"Endpoints","metadata":{"name":"x","resourceVersion":"7","annotations":null}})")
          .content == Content::kEmpty);
  for (const std::string text : {"", "  ", "{}", " { } ", "null"}) {
    CAPTURE(text);
    CHECK(read(kEndpoints, endpoints(text)).content == Content::kEmpty);
  }
}

TEST_CASE("content in a record's place that is not a record is unreadable, and its text is kept") {
  for (const std::string text :
       {"garbage", "[]", "7", "\"x\"", "{\"holderIdentity\":\"a\"", R"({"leader":"a"})",
        R"({"holderIdentity":true})", R"({"holderIdentity":["a"],"leaseDurationSeconds":15})",
        R"({"leaseDurationSeconds":"soon"})", R"({"holderIdentity":"","renewTime":"yesterday"})"}) {
    CAPTURE(text);
    const auto seen = read(kEndpoints, endpoints(text));
    CHECK(seen.content == Content::kUnreadable);
    CHECK(seen.raw == text);
  }
  const auto seen = read(kLease, lease(R"({"holderIdentity":["a"]})"));
  CHECK(seen.content == Content::kUnreadable);
  CHECK(seen.raw == R"({"holderIdentity":["a"]})");
  CHECK(read(kLease, lease("7")).content == Content::kUnreadable);
}

TEST_CASE("durations that would overflow are cut to a harmless value") {
  CHECK(read(kEndpoints, endpoints(R"({"holderIdentity":"a","leaseDurationSeconds":-5})"))
            .record.lease_duration == 0s);
  CHECK(read(kEndpoints,
             endpoints(R"({"holderIdentity":"a","leaseDurationSeconds":9223372036854775807})"))
            .record.lease_duration == kLongestLease);
}

TEST_CASE("a count that the API would not accept is cut to the largest that it accepts") {
  CHECK(read(kEndpoints, endpoints(R"({"holderIdentity":"a","leaderTransitions":-5})"))
            .record.transitions == 0);
  CHECK(read(kEndpoints,
             endpoints(R"({"holderIdentity":"a","leaderTransitions":9223372036854775807})"))
            .record.transitions == 2147483647);
}

TEST_CASE("an answer that is not that object is an error") {
  for (const std::string text :
       {"", "<html>", "[]", "{}", R"({"kind":"Lease","metadata":{"name":"x"}})",
        R"({"kind":"Lease","metadata":{"name":"y","resourceVersion":"1"}})",
        R"({"kind":"Status","metadata":{"name":"x","resourceVersion":"1"}})",
        R"({"kind":"Lease","metadata":{"name":"x","resourceVersion":1}})"}) {
    CAPTURE(text);
    auto seen = decode_lock(kLease, text);
    REQUIRE_FALSE(seen);
    CHECK(seen.error().message.find("leases \"x\"") != std::string::npos);
  }
}

TEST_CASE("the claim is read from its annotation, and a malformed one is ignored") {
  const auto with = [](const std::string& text) {
    return read(kLease, lease("{}", R"({"elector/claim":)" + json::quote(text) + "}")).claim;
  };
  const auto claim = with(
      R"({"instance":"i","nonce":"n","holder":"h","renewTime":"2026-01-02T03:04:05.123456Z","forced":true,"more":1})");
  REQUIRE(claim);
  CHECK(*claim == Claim{"i", "n", "h", parse_time("2026-01-02T03:04:05.123456Z"), true});
  CHECK(with(R"({"instance":"i","nonce":"n"})") == Claim{"i", "n", "", std::nullopt, false});
  for (const std::string text :
       {"", "x", "{}", R"({"instance":"i"})", R"({"instance":"i","nonce":7})",
        R"({"instance":"i","nonce":"n","renewTime":"x"})",
        R"({"instance":"i","nonce":"n","forced":"yes"})"}) {
    CAPTURE(text);
    CHECK_FALSE(with(text));
  }
}

TEST_CASE("a new lock is nothing but its name, the record in client-go's form, and the claim") {
  const Record record = record_at("2026-01-02T03:05:06.654321Z");
  CHECK(
      encode_new_lock(kLease, record, claim_of(record)) ==
      R"({"kind":"Lease","apiVersion":"coordination.k8s.io/v1","metadata":{"name":"x","namespace":"default",)"
      R"("annotations":{"elector/claim":"{\"instance\":\"instance\",\"nonce\":\"nonce\",\"holder\":\"me\",)"
      R"(\"renewTime\":\"2026-01-02T03:05:06.654321Z\"}"}},"spec":{"holderIdentity":"me","leaseDurationSeconds":15,)"
      R"("acquireTime":"2026-01-02T03:04:05.123456Z","renewTime":"2026-01-02T03:05:06.654321Z","leaseTransitions":3}})");
  CHECK(
      encode_new_lock(kConfigMap, record, claim_of(record)) ==
      R"({"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"x","namespace":"default","annotations":)"
      R"({"control-plane.alpha.kubernetes.io/leader":"{\"holderIdentity\":\"me\",\"leaseDurationSeconds\":15,)"
      R"(\"acquireTime\":\"2026-01-02T03:04:05Z\",\"renewTime\":\"2026-01-02T03:05:06Z\",\"leaderTransitions\":3}",)"
      R"("elector/claim":"{\"instance\":\"instance\",\"nonce\":\"nonce\",\"holder\":\"me\",)"
      R"(\"renewTime\":\"2026-01-02T03:05:06Z\"}"}}})");
}

TEST_CASE("what is written reads back equal, at the precision of its kind, with a fresh claim") {
  const Record record = record_at("2026-01-02T03:05:06.654321Z");
  for (const LockName& lock : {kLease, kEndpoints, kConfigMap}) {
    const std::string created = encode_new_lock(lock, record, claim_of(record));
    const std::string stored = json::edit(
        created, {{"metadata", json::edit(*json::find(created, "metadata"),
                                          {{"uid", "\"u\""}, {"resourceVersion", "\"7\""}})}});
    const auto seen = read(lock, stored);
    CHECK(seen.content == Content::kRecord);
    CHECK(elector::core::is_fresh(seen));
    if (lock.kind == LockKind::kLease) CHECK(seen.record == record);
    CHECK(seen.record.renew_time == std::chrono::floor<std::chrono::seconds>(*record.renew_time) +
                                        (lock.kind == LockKind::kLease ? 654'321us : 0us));
    Record next = record;
    next.renew_time = *record.renew_time + 2s;
    next.transitions = 4;
    const auto body = encode_lock(lock, *seen.body, "8", next, claim_of(next), std::nullopt);
    REQUIRE(body);
    const auto again = read(lock, *body);
    CHECK(again.version == "8");
    CHECK(again.record.transitions == 4);
    CHECK(elector::core::is_fresh(again));
  }
}

TEST_CASE("a write changes the record and the claim, and nothing else to the byte") {
  const std::string object =
      R"({"future":{"z":1.10,"a":123456789012345678901234567890,"n":null},"kind":"Endpoints","apiVersion":"v1",)"
      R"("metadata":{"labels":{"l":"\u00e9"},"name":"x","namespace":"default","uid":"u","resourceVersion":"7",)"
      R"("managedFields":[{"manager":"m","fieldsV1":{"f:a":{}}}],"annotations":{"other":"7","control-plane.alpha.)"
      R"(kubernetes.io/leader":"{\"unknown\":1.50,\"renewTime\":\"2026-01-02T03:05:06Z\",\"holderIdentity\":\"a\"}",)"
      R"("last":"x"},"ownerReferences":[{"uid":"o"}]},"subsets":[{"addresses":[{"ip":"10.0.0.1"}]}]})";
  const auto seen = read(kEndpoints, object);
  CHECK(seen.body->find("managedFields") == std::string::npos);
  const Record record = record_at("2026-01-02T03:05:07Z");
  const auto written =
      encode_lock(kEndpoints, *seen.body, "9", record, claim_of(record), std::nullopt);
  REQUIRE(written);
  CHECK(
      *written ==
      R"({"future":{"z":1.10,"a":123456789012345678901234567890,"n":null},"kind":"Endpoints","apiVersion":"v1",)"
      R"("metadata":{"labels":{"l":"\u00e9"},"name":"x","namespace":"default","uid":"u","resourceVersion":"9",)"
      R"("annotations":{"other":"7","control-plane.alpha.kubernetes.io/leader":"{\"unknown\":1.50,\"renewTime\":\"2026)"
      R"(-01-02T03:05:07Z\",\"holderIdentity\":\"me\",\"leaseDurationSeconds\":15,\"acquireTime\":\"2026-01-02T03:04:)"
      R"(05Z\",\"leaderTransitions\":3}","last":"x","elector/claim":"{\"instance\":\"instance\",\"nonce\":\"nonce\",)"
      R"(\"holder\":\"me\",\"renewTime\":\"2026-01-02T03:05:07Z\"}"},"ownerReferences":[{"uid":"o"}]},)"
      R"("subsets":[{"addresses":[{"ip":"10.0.0.1"}]}]})");
}

TEST_CASE("the server's time of a write is that of the client that manages the record") {
  const auto object = [](const std::string& fields, const std::string& rest) {
    return R"({"metadata":{"name":"x","namespace":"default","uid":"u","resourceVersion":"7",)"
           R"("managedFields":[{"manager":"other","time":"2026-01-02T09:00:00Z","fieldsV1":{"f:metadata":)"
           R"({"f:labels":{}}}},{"manager":"me","time":"2026-01-02T03:05:06Z","fieldsV1":)" +
           fields + "}]" + rest + "}";
  };
  const std::string lease = R"("kind":"Lease","spec":{"holderIdentity":"a"})";
  const auto at = elector::kube::parse_time("2026-01-02T03:05:06Z");
  CHECK(read(kLease, object(R"({"f:spec":{"f:renewTime":{}}})", "}," + lease)).written_at == at);
  CHECK_FALSE(read(kLease, object(R"({"f:spec":{"f:strategy":{}}})", "}," + lease)).written_at);
  const std::string annotated =
      R"(,"annotations":{"control-plane.alpha.kubernetes.io/leader":"{\"holderIdentity\":\"a\"}"}},)"
      R"("kind":"Endpoints")";
  CHECK(
      read(
          kEndpoints,
          object(
              R"({"f:metadata":{"f:annotations":{"f:control-plane.alpha.kubernetes.io/leader":{}}}})",
              annotated))
          .written_at == at);
  CHECK_FALSE(read(kEndpoints, object(R"({"f:spec":{"f:renewTime":{}}})", annotated)).written_at);
}

TEST_CASE("unknown fields of a Lease's spec survive a write, and an emptied spec is filled") {
  const Record record = record_at("2026-01-02T03:05:07Z");
  const auto written =
      encode_lock(kLease, lease(R"({"strategy":"S","preferredHolder":"p","holderIdentity":"a"})"),
                  "7", record, claim_of(record), std::nullopt);
  REQUIRE(written);
  CHECK(json::string_at(*written, {"spec", "strategy"}) == "S");
  CHECK(json::string_at(*written, {"spec", "preferredHolder"}) == "p");
  CHECK(json::string_at(*written, {"spec", "holderIdentity"}) == "me");
  const auto filled =
      encode_lock(kLease, lease("null"), "7", record, claim_of(record), std::nullopt);
  REQUIRE(filled);
  CHECK(read(kLease, *filled).record == record);
}

TEST_CASE("a corrupted record is replaced") {
  const Record record = record_at("2026-01-02T03:05:07Z");
  for (const std::string text : {"garbage", "[1,2]", "", "null"}) {
    const auto written =
        encode_lock(kEndpoints, endpoints(text), "7", record, claim_of(record), std::nullopt);
    REQUIRE(written);
    CHECK(read(kEndpoints, *written).record.holder == "me");
  }
}

TEST_CASE("identities with odd characters survive the JSON in the JSON") {
  Record record = record_at("2026-01-02T03:05:07Z");
  record.holder = "a\"b\\c\n\xc3\xa9\x01";
  const std::string created = encode_new_lock(kEndpoints, record, claim_of(record));
  const std::string metadata =
      json::edit(*json::find(created, "metadata"), {{"resourceVersion", "\"1\""}});
  CHECK(read(kEndpoints, json::edit(created, {{"metadata", metadata}})).record.holder ==
        record.holder);
}

TEST_CASE("an object without a uid is not written, for such a PUT could create it") {
  const Record record = record_at("2026-01-02T03:05:07Z");
  const auto written = encode_lock(kLease, R"({"kind":"Lease","metadata":{"name":"x"}})", "7",
                                   record, claim_of(record), std::nullopt);
  REQUIRE_FALSE(written);
  CHECK(written.error().kind == elector::Error::Kind::kProtocol);
}

TEST_CASE("an object of one and a half mebibytes is read and written") {
  const std::string object =
      R"({"kind":"ConfigMap","metadata":{"name":"x","uid":"u","resourceVersion":"7"},"data":{"d":")" +
      std::string(1'500'000, 'x') + "\"}}";
  const auto seen = read(kConfigMap, object);
  CHECK(seen.content == Content::kEmpty);
  const Record record = record_at("2026-01-02T03:05:07Z");
  const auto written =
      encode_lock(kConfigMap, *seen.body, "7", record, claim_of(record), std::nullopt);
  REQUIRE(written);
  CHECK(json::string_at(*written, {"data", "d"}).size() == 1'500'000);
}

TEST_CASE("a request to resign is put in, read back and taken out, and nothing else changes") {
  const std::string before = R"({"kind":"Lease","apiVersion":"coordination.k8s.io/v1","metadata":)"
                             R"({"name":"x","uid":"u","resourceVersion":"7","annotations":)"
                             R"({"team":"blue"}},"spec":{"holderIdentity":"a","strategy":"S"}})";
  const elector::core::ResignRequest request{.holder = "a",
                                             .instance = "i",
                                             .to = "b\"c",
                                             .id = "r1",
                                             .acknowledged = true,
                                             .release = "n"};
  const auto asked = encode_resign_request(kLease, before, "7", request);
  REQUIRE(asked);
  CHECK(read(kLease, *asked).resign == request);
  CHECK(read(kLease, *asked).record == read(kLease, before).record);
  const auto withdrawn = encode_resign_request(kLease, *asked, "7", std::nullopt);
  REQUIRE(withdrawn);
  CHECK(*withdrawn == before);
  const Record record = record_at("2026-01-02T03:05:07Z");
  const auto renewed = encode_lock(kLease, *asked, "7", record, claim_of(record), request);
  REQUIRE(renewed);
  CHECK(read(kLease, *renewed).resign == request);
  const auto taken = encode_lock(kLease, *asked, "7", record, claim_of(record), std::nullopt);
  REQUIRE(taken);
  CHECK(taken->find("elector/resign") == std::string::npos);
}

TEST_CASE("an invalid request to resign is ignored") {
  for (const std::string text :
       {"", "{", "[]", "null", R"({\"holder\":\"a\"})", R"({\"holder\":\"\",\"id\":\"r\"})",
        R"({\"holder\":1,\"id\":\"r\"})"}) {
    CAPTURE(text);
    const auto seen = read(
        kLease, R"({"kind":"Lease","metadata":{"name":"x","resourceVersion":"7","annotations":)"
                R"({"elector/resign":")" +
                    text + R"("}},"spec":{"holderIdentity":"a"}})");
    CHECK_FALSE(seen.resign);
  }
}
