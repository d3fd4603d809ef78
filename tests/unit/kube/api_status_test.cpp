// SPDX-License-Identifier: Apache-2.0
#include "kube/http/api_status.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

using namespace std::chrono_literals;
using elector::Error;
using elector::core::Duration;
using elector::kube::describe_failure;
using elector::kube::HttpResponse;
using elector::kube::lacks_permission;
using elector::kube::parse_http_date;
using elector::kube::parse_retry_after;
using elector::kube::parse_status;
using elector::kube::percent_encode;
using elector::kube::query_string;

namespace {

const std::string kTooMany = R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",
  "message":"the server is busy","reason":"TooManyRequests",
  "details":{"retryAfterSeconds":3},"code":429})";

HttpResponse response(int status, const std::string& body) {
  HttpResponse value;
  value.status = status;
  value.body = body;
  return value;
}

}  // namespace

TEST_CASE("a Status gives its reason, its sentence, its code and when to come again") {
  const auto status = parse_status(kTooMany);
  CHECK(status.reason == "TooManyRequests");
  CHECK(status.message == "the server is busy");
  CHECK(status.code == 429);
  CHECK(status.retry_after == 3s);
}

TEST_CASE("a permission is missing if RBAC says so, and not at every 403") {
  const auto forbidden = [](const std::string& message, const std::string& details = "{}") {
    return response(403, R"({"kind":"Status","reason":"Forbidden","code":403,"message":")" +
                             message + R"(","details":)" + details + "}");
  };
  const std::string rbac =
      R"(leases.coordination.k8s.io \"x\" is forbidden: User \"u\" cannot get resource )"
      R"(\"leases\" in API group \"coordination.k8s.io\" in the namespace \"n\")";
  CHECK(lacks_permission(forbidden(rbac)));
  CHECK(lacks_permission(forbidden(rbac, R"({"name":"x","causes":[]})")));
  const std::string terminating =
      R"(leases \"x\" is forbidden: unable to create new content in namespace n because it is )"
      "being terminated";
  CHECK_FALSE(lacks_permission(
      forbidden(terminating,
                R"({"causes":[{"reason":"NamespaceTerminating","field":"metadata.namespace"}]})")));
  CHECK_FALSE(lacks_permission(forbidden(rbac, R"({"causes":[{"reason":"Other"}]})")));
  for (const std::string text :
       {R"(leases \"x\" is forbidden: exceeded quota: q, requested: count/leases=1)",
        "it cannot be", "it cannot", "a cannot  resource", "no"}) {
    CAPTURE(text);
    CHECK_FALSE(lacks_permission(forbidden(text)));
  }
  CHECK_FALSE(lacks_permission(response(403, "u cannot get resource x")));  // a proxy's
  HttpResponse not_found = forbidden(rbac);
  not_found.status = 404;
  CHECK_FALSE(lacks_permission(not_found));
}

TEST_CASE("a refusal for want of a permission names the user as the API server knows it") {
  struct Row {
    std::string message;  // as in JSON
    std::string user;
    bool lacks;
  };
  const std::string get = R"( cannot get resource \"leases\" in API group \"coordination.k8s.io\")";
  for (const Row& row : std::vector<Row>{
           {R"(leases \"x\" is forbidden: User \"jane\")" + get, "jane", true},
           {R"(leases \"x\" is forbidden: User \"system:serviceaccount:a:b\")" + get,
            "system:serviceaccount:a:b", true},
           {R"(leases \"x\" is forbidden: User \"Jane \\\"J\\\" Doe\")" + get, "Jane \"J\" Doe",
            true},
           {R"(leases \"User \" is forbidden: User \"u\")" + get, "u", true},
           {R"(no user)" + get, "", true},
           {R"(users \"x\" is forbidden: User \"admin\" cannot impersonate resource \"users\")",
            "admin", false},
           {"exceeded quota", "", false}}) {
    CAPTURE(row.message);
    const HttpResponse refusal =
        response(403, R"({"kind":"Status","reason":"Forbidden","code":403,"message":")" +
                          row.message + "\"}");
    CHECK(elector::kube::refused_user(refusal) == row.user);
    CHECK(lacks_permission(refusal) == row.lacks);
  }
}

TEST_CASE("odd values in a Status do no harm") {
  const auto status = parse_status(
      R"({"kind":"Status","message":7,"reason":null,"code":"x","details":{"retryAfterSeconds":-5}})");
  CHECK(status.reason.empty());
  CHECK(status.message.empty());
  CHECK(status.code == 0);
  CHECK(status.retry_after == Duration(0));
  CHECK(parse_status(R"({"kind":"Status","details":{"retryAfterSeconds":99999999999999}})")
            .retry_after == 60s);
}

TEST_CASE("a Status stays on one line, and sends a terminal no control characters") {
  const auto status = parse_status(
      R"({"kind":"Status","message":"a\n\u001b[31mb\u007f\u009bc \u00e4","reason":"x\ry"})");
  CHECK(status.message == "a  [31mb  c \u00e4");
  CHECK(status.reason == "x y");
}

TEST_CASE("a body that is not a Status is quoted in short, without tags and control characters") {
  CHECK(parse_status("").message.empty());
  CHECK(parse_status("<html><head><title>502 Bad\r\n Gateway</title></head>\x1b[31m").message ==
        "502 Bad Gateway [31m");
  CHECK(parse_status(R"({"kind":"Lease"})").reason.empty());
  const auto longest = parse_status(std::string(100'000, 'a')).message;
  CHECK(longest.size() < 200);
  CHECK(longest.ends_with("..."));
}

TEST_CASE(
    "a failure is reported in the API's words, otherwise with the HTTP status and the server") {
  CHECK(describe_failure(response(429, kTooMany), "https://a") == "the server is busy");
  CHECK(describe_failure(response(502, "<h1>Bad Gateway</h1>"), "https://a") ==
        "https://a answers with HTTP status 502: Bad Gateway");
  CHECK(describe_failure(response(503, ""), "https://a") ==
        "https://a answers with HTTP status 503");
  CHECK(describe_failure(
            response(401, R"({"kind":"Status","message":"Unauthorized","reason":"Unauthorized"})"),
            "https://a") ==
        "https://a refused the request: the credentials are missing or not valid (Unauthorized)");
  CHECK(describe_failure(response(404, R"({"kind":"Status","reason":"NotFound","message":)"
                                       R"("namespaces \"x\" not found"})"),
                         "https://a") ==
        "namespaces \"x\" not found; create it or check --namespace");
  HttpResponse broken;
  broken.error = Error{Error::Kind::kNetwork, "the wire is cut"};
  CHECK(describe_failure(broken, "https://a") == "the wire is cut");
}

TEST_CASE("Retry-After takes precedence over the Status's value") {
  HttpResponse answer = response(429, kTooMany);
  CHECK(elector::kube::retry_after(answer) == 3s);
  answer.retry_after = 1s;
  CHECK(elector::kube::retry_after(answer) == 1s);
}

TEST_CASE("Retry-After is a number of seconds, or a date by the server's own clock") {
  const auto date = parse_http_date("Fri, 02 Jan 2026 03:04:05 GMT");
  REQUIRE(date);
  CHECK(parse_retry_after("7", date) == 7s);
  CHECK(parse_retry_after("Fri, 02 Jan 2026 03:04:15 GMT", date) == 10s);
  CHECK(parse_retry_after("Fri, 02 Jan 2026 03:04:01 GMT", date) == Duration(0));
  CHECK(parse_retry_after("Fri, 02 Jan 2026 03:04:15 GMT", std::nullopt) == Duration(0));
  CHECK(parse_retry_after("", date) == Duration(0));
  CHECK(parse_retry_after("soon", date) == Duration(0));
  CHECK(parse_retry_after("-3", date) == Duration(0));
  CHECK(parse_retry_after("99999999", date) == 60s);
  CHECK(parse_retry_after("99999999999999999999999", date) == 60s);
  CHECK_FALSE(parse_http_date("yesterday, maybe"));
}

TEST_CASE("paths and queries are percent-encoded") {
  CHECK(percent_encode("a-b_c.d~Z9") == "a-b_c.d~Z9");
  CHECK(percent_encode("a/b c&\xc3\xa9") == "a%2Fb%20c%26%C3%A9");
  CHECK(query_string({}).empty());
  CHECK(query_string({{"watch", "true"}, {"fieldSelector", "metadata.name=x"}}) ==
        "?watch=true&fieldSelector=metadata.name%3Dx");
}
