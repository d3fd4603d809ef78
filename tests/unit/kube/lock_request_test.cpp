// SPDX-License-Identifier: Apache-2.0
#include "kube/lock/lock_request.h"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>

#include "kube/base/json_text.h"

using namespace elector::kube;
using namespace std::chrono_literals;
using elector::core::Answer;
using elector::core::Content;
using elector::core::Duration;
using elector::core::Outcome;
using elector::core::Request;
using elector::core::Verb;

namespace {

const LockName kLock{LockKind::kLease, "team", "x"};
const std::string kObject =
    R"({"kind":"Lease","metadata":{"name":"x","uid":"u","resourceVersion":"7"},"spec":{"holderIdentity":"a"}})";

Request request(Verb verb) {
  Request value;
  value.id = 5;
  value.verb = verb;
  value.timeout = 2s;
  value.record.holder = "me";
  value.claim.instance = "i";
  value.claim.nonce = "n";
  value.version = "7";
  value.body = std::make_shared<const std::string>(kObject);
  return value;
}

Answer answer(Verb verb, int status, const std::string& body, Duration retry_after = {}) {
  HttpResponse response;
  response.status = status;
  response.body = body;
  response.retry_after = retry_after;
  return lock_answer(kLock, request(verb), response, "https://api");
}

std::string status_of(const std::string& reason, const std::string& name = "x") {
  return R"({"kind":"Status","status":"Failure","message":"so says the API","reason":")" + reason +
         R"(","details":{"name":")" + name + R"("}})";
}

}  // namespace

TEST_CASE("the five values of --lock stand for one or two kinds, the primary first") {
  using Kinds = std::vector<LockKind>;
  CHECK(parse_lock("leases") == Kinds{LockKind::kLease});
  CHECK(parse_lock("endpoints") == Kinds{LockKind::kEndpoints});
  CHECK(parse_lock("configmaps") == Kinds{LockKind::kConfigMap});
  CHECK(parse_lock("endpointsleases") == Kinds{LockKind::kEndpoints, LockKind::kLease});
  CHECK(parse_lock("configmapsleases") == Kinds{LockKind::kConfigMap, LockKind::kLease});
  for (const std::string value : {"", "lease", "Leases", "leasesendpoints", "pods"}) {
    CHECK_FALSE(parse_lock(value));
  }
  CHECK(object_path(LockKind::kLease, "a", "x.y") ==
        "/apis/coordination.k8s.io/v1/namespaces/a/leases/x.y");
  CHECK(object_path(LockKind::kEndpoints, "a", "b/c") == "/api/v1/namespaces/a/endpoints/b%2Fc");
  CHECK(collection_path(LockKind::kConfigMap, "a") == "/api/v1/namespaces/a/configmaps");
  CHECK(info(LockKind::kLease).precision == 1us);
  CHECK(info(LockKind::kEndpoints).precision == 1s);
}

TEST_CASE("the path of a request names the kind of lock object that it addresses, if any") {
  for (const LockKind kind : kLockKinds) {
    for (const std::string name_space : {"", "a", "leases", "endpoints", "a/b", "namespaces"}) {
      CHECK(lock_kind_at(collection_path(kind, name_space)) == kind);
      CHECK(lock_kind_at(object_path(kind, name_space, "pods")) == kind);
    }
  }
  for (const std::string path :
       {"", "/", "/api/v1", "/api/v1/", "/api/v1/namespaces", "/api/v1/namespaces/endpoints",
        "/api/v1/namespaces/a/pods/endpoints", "/api/v1/pods", "/api/v1endpoints",
        "/api/v1/namespaces/a/leases/x", "/apis/coordination.k8s.io/v1/namespaces/a/endpoints/x",
        "/apis/coordination.k8s.io/v1beta1/namespaces/a/leases/x",
        "/api/v1/namespaces/a/endpointslices"}) {
    CAPTURE(path);
    CHECK_FALSE(lock_kind_at(path));
  }
}

TEST_CASE(
    "a read is a GET without a version, a creation a POST, an update a PUT with the version") {
  const auto get = lock_request(kLock, request(Verb::kGet));
  REQUIRE(get);
  CHECK(get->method == "GET");
  CHECK(get->path == "/apis/coordination.k8s.io/v1/namespaces/team/leases/x");
  CHECK(get->query.empty());
  CHECK(get->body.empty());
  CHECK(get->timeout == 2s);
  const auto post = lock_request(kLock, request(Verb::kCreate));
  REQUIRE(post);
  CHECK(post->method == "POST");
  CHECK(post->path == "/apis/coordination.k8s.io/v1/namespaces/team/leases");
  CHECK(json::string_at(post->body, {"metadata", "resourceVersion"}).empty());
  CHECK(json::string_at(post->body, {"metadata", "namespace"}) == "team");
  const auto put = lock_request(kLock, request(Verb::kUpdate));
  REQUIRE(put);
  CHECK(put->method == "PUT");
  CHECK(put->path == get->path);
  CHECK(json::string_at(put->body, {"metadata", "resourceVersion"}) == "7");
  CHECK(json::string_at(put->body, {"metadata", "uid"}) == "u");
  CHECK(json::string_at(put->body, {"spec", "holderIdentity"}) == "me");
}

TEST_CASE("an update of what was never read is not sent") {
  Request blind = request(Verb::kUpdate);
  blind.body.reset();
  CHECK_FALSE(lock_request(kLock, blind));
}

TEST_CASE("a good answer is the object, and an answer that is another object proves nothing") {
  for (const Verb verb : {Verb::kGet, Verb::kCreate, Verb::kUpdate}) {
    const Answer good = answer(verb, verb == Verb::kCreate ? 201 : 200, kObject);
    CHECK(good.id == 5);
    CHECK(good.outcome == Outcome::kOk);
    CHECK(good.object.content == Content::kRecord);
    CHECK(good.object.version == "7");
    for (const std::string body : {"", "<html>", "{}", "{\"kind\":\"Lease\""}) {
      CHECK(answer(verb, 200, body).outcome == Outcome::kUnknown);
      CHECK_FALSE(answer(verb, 200, body).message.empty());
    }
  }
}

TEST_CASE("each HTTP status is what it means to the election") {
  struct Row {
    int status;
    Outcome outcome;
  };
  for (const Row& row : {Row{400, Outcome::kRefused},
                         {401, Outcome::kForbidden},
                         {403, Outcome::kForbidden},
                         {405, Outcome::kRefused},
                         {408, Outcome::kUnknown},
                         {409, Outcome::kConflict},
                         {410, Outcome::kRefused},
                         {413, Outcome::kRefused},
                         {422, Outcome::kRefused},
                         {429, Outcome::kRefused},
                         {500, Outcome::kUnknown},
                         {502, Outcome::kUnknown},
                         {503, Outcome::kUnknown},
                         {504, Outcome::kUnknown}}) {
    CAPTURE(row.status);
    const Answer got = answer(Verb::kUpdate, row.status, status_of("Whatever"), 3s);
    CHECK(got.outcome == row.outcome);
    CHECK(got.message.find("so says the API") != std::string::npos);
    CHECK(got.retry_after == 3s);
  }
}

TEST_CASE("a 404 that does not name the object means that the kind does not exist") {
  const LockName lock{LockKind::kEndpoints, "prod", "example"};
  const auto says_so = [&](int status, const std::string& body) {
    HttpResponse response;
    response.status = status;
    response.body = body;
    return is_not_served(lock, response);
  };
  // An unknown group or version; a resource that this version of a group does not have.
  CHECK(says_so(404, "404 page not found\n"));
  CHECK(says_so(404,
                R"({"kind":"Status","status":"Failure","reason":"NotFound","code":404,)"
                R"("message":"the server could not find the requested resource","details":{}})"));
  CHECK(says_so(404, R"({"kind":"Status","reason":"NotFound","details":{"name":"another"}})"));
  CHECK(says_so(404, ""));
  CHECK_FALSE(
      says_so(404, R"({"kind":"Status","reason":"NotFound","details":{"name":"example"}})"));
  CHECK_FALSE(says_so(403, "404 page not found"));
  CHECK_FALSE(says_so(503, ""));
  HttpResponse unreachable;
  unreachable.error = elector::Error{elector::Error::Kind::kSystem, "connection refused"};
  CHECK_FALSE(is_not_served(lock, unreachable));
}

TEST_CASE("only the API can establish that the lock is absent") {
  CHECK(answer(Verb::kGet, 404, status_of("NotFound")).outcome == Outcome::kNotFound);
  CHECK(answer(Verb::kGet, 404, status_of("NotFound")).object.content == Content::kAbsent);
  CHECK(answer(Verb::kUpdate, 404, status_of("NotFound")).outcome == Outcome::kNotFound);
  CHECK(answer(Verb::kGet, 404, "404 page not found").outcome == Outcome::kRefused);
  CHECK(answer(Verb::kGet, 404, status_of("NotFound", "")).outcome == Outcome::kRefused);
  CHECK(answer(Verb::kCreate, 404, status_of("NotFound", "team")).outcome == Outcome::kRefused);
}

TEST_CASE("without an answer it matters whether the request may have been carried out") {
  HttpResponse response;
  response.error = elector::Error{elector::Error::Kind::kNetwork, "the wire is cut"};
  CHECK(lock_answer(kLock, request(Verb::kUpdate), response, "").outcome == Outcome::kRefused);
  response.maybe_done = true;
  CHECK(lock_answer(kLock, request(Verb::kUpdate), response, "").outcome == Outcome::kUnknown);
  CHECK(lock_answer(kLock, request(Verb::kUpdate), response, "").message == "the wire is cut");
}

TEST_CASE("a missing permission is named as RBAC spells it") {
  CHECK(
      describe(permission_for(kLock, rbac_verb(Verb::kUpdate))) ==
      "verb \"update\" on resource \"leases\" in API group \"coordination.k8s.io\", object \"x\", "
      "namespace \"team\"");
  CHECK(permission_for(kLock, rbac_verb(Verb::kCreate)).name.empty());
  CHECK(rbac_verb(Verb::kGet) == "get");
}
