// SPDX-License-Identifier: Apache-2.0
// The Events that a leader leaves on the lock object.
#include "kube/lock/event.h"

#include <doctest/doctest.h>

#include "kube/base/json_text.h"

namespace elector::kube {
namespace {

HttpRequest request(const std::string& object, const std::string& identity = "a") {
  return event_request({.kind = LockKind::kLease, .name_space = "work", .name = "e"}, object,
                       {.identity = identity, .what = "stopped leading", .when = {}});
}

}  // namespace

TEST_SUITE("events on the lock object") {
  TEST_CASE("an event has an actor, an action and an object") {
    const HttpRequest post = request(R"({"metadata":{"uid":"u-1","resourceVersion":"7"}})");
    CHECK(post.method == "POST");
    CHECK(post.path == "/api/v1/namespaces/work/events");
    CHECK_FALSE(json::check(post.body));
    CHECK(json::string_at(post.body, {"message"}) == "a stopped leading");
    CHECK(json::string_at(post.body, {"involvedObject", "kind"}) == "Lease");
    CHECK(json::string_at(post.body, {"involvedObject", "uid"}) == "u-1");
    CHECK(json::string_at(post.body, {"involvedObject", "resourceVersion"}) == "7");
  }

  TEST_CASE("a long name is cut between characters: the API takes 128 bytes of it") {
    const std::string name = std::string(127, 'a') + "\u00e4\u00e4";
    const HttpRequest post = request("{}", name);
    CHECK_FALSE(json::check(post.body));
    CHECK(json::string_at(post.body, {"reportingInstance"}) == std::string(127, 'a'));
  }

  // A leader that loses its term after the object was deleted records this as well.
  TEST_CASE("an event can also be recorded for an object that does not exist") {
    const HttpRequest post = request("");
    CHECK_FALSE(json::check(post.body));
    CHECK(json::string_at(post.body, {"involvedObject", "name"}) == "e");
    CHECK(json::string_at(post.body, {"involvedObject", "uid"}).empty());
  }
}

}  // namespace elector::kube
