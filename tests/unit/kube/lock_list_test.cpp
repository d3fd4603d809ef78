// SPDX-License-Identifier: Apache-2.0
#include "kube/lock/lock_list.h"

#include <doctest/doctest.h>

#include <atomic>
#include <optional>
#include <string>
#include <utility>

#include "tests/support/contains.h"
#include "tests/unit/kube/client_fixture.h"
#include "tests/unit/kube/scripted_api.h"

using namespace elector::kube;
using elector::tests::api_status;
using elector::tests::ClientFixture;
using elector::tests::kSoon;
using elector::tests::lease_object;
using elector::tests::RawServer;
using elector::tests::ScriptedApi;

namespace {

std::string page(const std::string& version, const std::string& next, const std::string& items) {
  return R"({"kind":"LeaseList","metadata":{"resourceVersion":")" + version + R"(","continue":")" +
         next + R"("},"items":)" + items + "}";
}

// Whether the request line has this in it.
bool asks(const std::string& request, const std::string& part) {
  return request.substr(0, request.find('\r')).find(part) != std::string::npos;
}

LockList::Result list_all(const ScriptedApi& api) {
  ClientFixture fixture(api.url());
  std::optional<LockList::Result> result;
  const LockList list(fixture.client(), LockKind::kLease, "default", kSoon,
                      [&](LockList::Result found) { result = std::move(found); });
  REQUIRE(fixture.run_until([&] { return result.has_value(); }));
  return std::move(*result);
}

}  // namespace

TEST_CASE("a list in pages is put together, as of its last page's version") {
  const ScriptedApi api([](RawServer::Peer& peer, const std::string& request, int) {
    if (asks(request, "continue=more")) {
      return peer.answer(200, page("9", "", "[" + lease_object("6", "y") + "]"));
    }
    peer.answer(200, page("8", "more", "[" + lease_object("5", "x") + "]"));
  });
  const LockList::Result result = list_all(api);
  CHECK_FALSE(result.failure);
  CHECK(result.version == "9");
  REQUIRE(result.locks.size() == 2);
  CHECK(result.locks[0].name.name == "x");
  CHECK(result.locks[1].name.name == "y");
  CHECK(api.others().size() == 2);
}

TEST_CASE("a list whose rest has expired is started again, but not forever") {
  std::atomic<int> expired{0};
  int often = 1;
  const ScriptedApi api([&](RawServer::Peer& peer, const std::string& request, int) {
    if (asks(request, "continue=more")) {
      if (expired++ < often) return peer.answer(410, api_status("Expired", 410));
      return peer.answer(200, page("9", "", "[" + lease_object("6", "y") + "]"));
    }
    peer.answer(200, page("8", "more", "[" + lease_object("5", "x") + "]"));
  });
  const LockList::Result again = list_all(api);
  CHECK_FALSE(again.failure);
  CHECK(again.locks.size() == 2);
  often = 1000;
  const LockList::Result never = list_all(api);
  REQUIRE(never.failure);
  CHECK(never.failure->status == 410);
  CHECK(api.others().size() < 20);
}

TEST_CASE("an empty list is one without items, as Go writes some") {
  for (const char* items : {"[]", "null"}) {
    const ScriptedApi api([&](RawServer::Peer& peer, const std::string&, int) {
      peer.answer(200, page("8", "", items));
    });
    const LockList::Result result = list_all(api);
    CHECK_FALSE(result.failure);
    CHECK(result.locks.empty());
    CHECK(result.version == "8");
  }
}

TEST_CASE("an answer that is not a list is an error") {
  struct Row {
    const char* body;
    const char* said;
  };
  for (const Row& row :
       {Row{"<html>", "list of leases is "}, Row{R"({"kind":"Lease"})", "not a list of leases"}}) {
    CAPTURE(row.body);
    const ScriptedApi api(
        [&](RawServer::Peer& peer, const std::string&, int) { peer.answer(200, row.body); });
    const LockList::Result result = list_all(api);
    REQUIRE(result.failure);
    REQUIRE(result.failure->error);
    CHECK_CONTAINS(result.failure->error->message, row.said);
  }
}

TEST_CASE("an invalid object is skipped in a list, and that is reported") {
  for (const std::string bad : {"7", "{}", R"({"metadata":{"name":"x"}})", R"({"metadata":[]})"}) {
    CAPTURE(bad);
    const ScriptedApi api([&](RawServer::Peer& peer, const std::string&, int) {
      peer.answer(200, page("8", "", "[" + bad + "," + lease_object("5", "y") + "]"));
    });
    const LockList::Result result = list_all(api);
    CHECK_FALSE(result.failure);
    REQUIRE(result.locks.size() == 1);
    CHECK(result.locks[0].name.name == "y");
    CHECK_CONTAINS(result.skipped, "without a name or a resourceVersion");
  }
}

TEST_CASE("a page that is too large is asked for again with fewer objects") {
  // Two pages; the first has a body of more than the limit unless it is asked for one object.
  const ScriptedApi api([&](RawServer::Peer& peer, const std::string& request, int) {
    if (asks(request, "continue=more")) {
      return peer.answer(200, page("9", "", "[" + lease_object("6", "y") + "]"));
    }
    const std::string space(asks(request, "limit=1&") || asks(request, "limit=1 ") ? 0 : kMaxBody,
                            ' ');
    peer.answer(200, page("8", "more", "[" + lease_object("5", "x") + "]") + space);
  });
  const LockList::Result result = list_all(api);
  CHECK_FALSE(result.failure);
  CHECK(result.locks.size() == 2);
  CHECK(result.version == "9");
  const auto requests = api.others();
  REQUIRE(requests.size() == 5);  // 500, 62, 7, 1, and the next page with more again
  CHECK(asks(requests[3], "limit=1"));
  CHECK(asks(requests[4], "limit=8"));
}

TEST_CASE("one object that is larger than any can be is an error, not an endless search") {
  const ScriptedApi api([&](RawServer::Peer& peer, const std::string&, int) {
    peer.answer(200, page("8", "", "[]") + std::string(kMaxBody, ' '));
  });
  const LockList::Result result = list_all(api);
  REQUIRE(result.failure);
  CHECK(result.failure->too_large);
}
