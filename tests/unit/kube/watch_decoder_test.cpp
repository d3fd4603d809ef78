// SPDX-License-Identifier: Apache-2.0
#include "kube/lock/watch_decoder.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using elector::kube::WatchDecoder;
using elector::kube::WatchEvent;
using Type = WatchEvent::Type;
using Events = std::vector<std::pair<Type, std::string>>;

namespace {

const std::string kStream =
    "{\"type\":\"ADDED\",\"object\":{\"a\":\"\xc3\xa9\xf0\x9f\x98\x80\"}}\n"
    "{\"type\":\"MODIFIED\",\"object\":{\"b\":\"line\\nbreak\"}}\r\n"
    "\n"
    "{\"object\":{\"c\":1},\"type\":\"DELETED\"}\n"
    "{\"type\":\"BOOKMARK\",\"object\":{\"d\":1}}\n"
    "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\"}}\n"
    "{\"type\":\"NOVEL\",\"object\":{}}\n";

const Events kEvents = {{Type::kAdded, "{\"a\":\"\xc3\xa9\xf0\x9f\x98\x80\"}"},
                        {Type::kModified, "{\"b\":\"line\\nbreak\"}"},
                        {Type::kDeleted, "{\"c\":1}"},
                        {Type::kBookmark, "{\"d\":1}"},
                        {Type::kError, "{\"kind\":\"Status\"}"},
                        {Type::kOther, "{}"}};

}  // namespace

TEST_CASE("a stream gives the same events wherever it is cut, inside a UTF-8 sequence too") {
  for (std::size_t piece = 1; piece <= kStream.size(); ++piece) {
    WatchDecoder decoder;
    Events events;
    for (std::size_t at = 0; at < kStream.size(); at += piece) {
      REQUIRE_FALSE(
          decoder.feed(std::string_view(kStream).substr(at, piece),
                       [&](const WatchEvent& e) { events.emplace_back(e.type, e.object); }));
    }
    CHECK(events == kEvents);
  }
}

TEST_CASE("an event of a large object passes, a line without end does not") {
  WatchDecoder decoder;
  std::size_t seen = 0;
  const auto count = [&](const WatchEvent& event) { seen += event.object.size(); };
  const std::string large =
      "{\"type\":\"ADDED\",\"object\":{\"a\":\"" + std::string(2'000'000, 'x') + "\"}}\n";
  CHECK_FALSE(decoder.feed(large, count));
  CHECK(seen > 2'000'000);
  const std::string chunk(1 << 20, 'x');
  elector::Failure failure;
  for (int i = 0; i < 20 && !failure; ++i) failure = decoder.feed(chunk, count);
  REQUIRE(failure);
  CHECK(failure->kind == elector::Error::Kind::kProtocol);
}

TEST_CASE("an event that cannot be used is skipped, and those after it are not") {
  const std::string begin = "{\"type\":\"MODIFIED\",\"object\":";
  const std::string too_long =
      begin + "{\"a\":\"" + std::string(WatchDecoder::kMaxEvent, 'x') + "\"}}";
  for (const std::string& bad :
       {begin, begin + "null}", begin + "{\"a\":\"\xff\"}}", begin + "{\"a\":1",
        std::string("  {\"type\":\"ADDED\"}"), too_long}) {
    for (const std::size_t piece : {std::size_t{4096}, bad.size() + 1}) {
      CAPTURE(bad.substr(0, 60));
      const std::string stream = bad + "\n{\"type\":\"ADDED\",\"object\":{\"a\":1}}\n";
      WatchDecoder decoder;
      std::vector<Type> types;
      for (std::size_t at = 0; at < stream.size(); at += piece) {
        REQUIRE_FALSE(decoder.feed(std::string_view(stream).substr(at, piece),
                                   [&](const WatchEvent& e) { types.push_back(e.type); }));
      }
      CHECK(types == std::vector<Type>{Type::kSkipped, Type::kAdded});
    }
  }
}

TEST_CASE("a line without end is an error, however it begins") {
  WatchDecoder decoder;
  const auto ignore = [](const WatchEvent&) {};
  REQUIRE_FALSE(decoder.feed("{\"type\":\"ADDED\",\"object\":\"", ignore));
  const std::string chunk(16UL << 20U, 'x');
  elector::Failure failure;
  for (int i = 0; i < 20 && !failure; ++i) failure = decoder.feed(chunk, ignore);
  CHECK(failure);
}

TEST_CASE("a line that is not an event is an error") {
  for (const std::string line : {"<html>\n", "{\"object\":{}\n", "[1]\n", "7\n", "{}\n"}) {
    CAPTURE(line);
    WatchDecoder decoder;
    CHECK(decoder.feed(line, [](const WatchEvent&) {}));
  }
}
