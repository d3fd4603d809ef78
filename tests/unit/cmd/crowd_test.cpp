// SPDX-License-Identifier: Apache-2.0
// Which connection gives way.
#include "cmd/http/crowd.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace elector::tests {
namespace {

using cmd::HttpGuest;
constexpr std::size_t kMiB = std::size_t{1} << 20U;

// "peer activity[body:MiB]" for each connection, the oldest first: "a silent", "b stream x:2".
class Crowd {
 public:
  explicit Crowd(const std::string& text) {
    for (std::size_t from = 0; from <= text.size();) {
      const std::size_t end = std::min(text.find(", ", from), text.size());
      add(text.substr(from, end - from));
      from = end + 2;
    }
  }

  std::vector<HttpGuest> guests;

 private:
  void add(const std::string& text) {
    static const std::string kPeers = "abcdefgh";
    static const std::string kBodies = "stuvwxyz";
    HttpGuest guest;
    guest.peer = std::string_view(kPeers).substr(kPeers.find(text[0]), 1);
    if (text.find("answer") != std::string::npos) guest.activity = cmd::HttpActivity::kAnswering;
    if (text.find("stream") != std::string::npos) guest.activity = cmd::HttpActivity::kStreaming;
    guest.since = core::BootTime(std::chrono::seconds(guests.size()));
    if (const std::size_t colon = text.find(':'); colon != std::string::npos) {
      guest.body = &kBodies[kBodies.find(text[colon - 1])];
      guest.size = std::stoul(text.substr(colon + 1)) * kMiB;
    }
    guests.push_back(guest);
  }
};

std::string shown(std::optional<std::size_t> index) {
  return index ? std::to_string(*index) : "none";
}

}  // namespace

TEST_CASE("for a new connection a silent one gives way, then one that does not read") {
  struct Row {
    std::string crowd;
    std::string gives_way;
  };
  for (const auto& [crowd, gives_way] : std::vector<Row>{
           {"a silent, a silent", "0"},
           {"a answer, a silent", "1"},
           {"a stream, a answer, b silent", "2"},
           {"a silent, b silent, b silent", "1"},            // the peer that has most
           {"a silent, b silent, b answer, b answer", "0"},  // most of the silent ones
           {"a stream, a stream, b silent, a silent", "2"},  // of equals, the oldest
           {"a answer, b answer, b answer", "1"},
           {"a answer, a stream", "0"},
           {"a stream, b stream", "none"},
       }) {
    CAPTURE(crowd);
    CHECK(shown(cmd::gives_way_to_connection(Crowd(crowd).guests)) == gives_way);
  }
  CHECK_FALSE(cmd::gives_way_to_connection({}));
}

TEST_CASE("for a new stream one of the peer with most gives way, if it keeps as many") {
  struct Row {
    std::string crowd;
    std::string newcomer;
    std::string gives_way;
  };
  for (const auto& [crowd, newcomer, gives_way] : std::vector<Row>{
           {"a stream, a stream", "b", "0"},
           {"b silent, a stream, a stream", "c", "1"},
           {"a stream, a stream", "a", "none"},
           {"a stream, b stream", "c", "none"},
           {"a stream, a stream, b stream", "b", "none"},  // they would displace each other in turn
           {"b stream, a stream, a stream, a stream", "b", "1"},
           {"a silent, a silent, a silent", "b", "none"},  // only streams count
           {"b stream, a stream, b stream, a silent, a answer", "c", "0"},
       }) {
    CAPTURE(crowd);
    CHECK(shown(cmd::gives_way_to_stream(Crowd(crowd).guests, newcomer)) == gives_way);
  }
}

TEST_CASE("peers that ask for streams in turn come to an equal share, and then rest") {
  constexpr std::size_t kRoom = 12;
  std::vector<HttpGuest> streams;
  int displaced = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string_view peer = i < 100 ? "a" : i % 3 == 0 ? "a" : i % 3 == 1 ? "b" : "c";
    const HttpGuest guest{.peer = peer,
                          .activity = cmd::HttpActivity::kStreaming,
                          .since = core::BootTime(std::chrono::seconds(i))};
    if (streams.size() == kRoom) {
      const auto chosen = cmd::gives_way_to_stream(streams, peer);
      if (!chosen) continue;
      streams.erase(streams.begin() + static_cast<std::ptrdiff_t>(*chosen));
      ++displaced;
    }
    streams.push_back(guest);
  }
  for (const std::string_view peer : {"a", "b", "c"}) {
    CHECK(std::count_if(streams.begin(), streams.end(),
                        [&](const HttpGuest& guest) { return guest.peer == peer; }) == 4);
  }
  CHECK(displaced == 8);
}

TEST_CASE("for memory one that has not read its body gives way, and a shared body counts once") {
  struct Row {
    std::string crowd;
    std::size_t newest;
    std::string gives_way;
  };
  for (const auto& [crowd, newest, gives_way] : std::vector<Row>{
           {"a answer x:4, a answer y:4", 1, "none"},
           {"a answer x:4, a answer y:5", 1, "0"},
           {"a answer x:5, a answer x:5, b answer x:5", 2, "none"},
           {"a answer x:9", 0, "none"},  // a single one may be larger
           {"b answer x:9, a answer y:9, a stream z:9", 0, "1"},
           {"a silent, b answer x:5, a stream y:5, a silent", 2, "1"},
           {"a answer x:1, b answer y:4, b answer z:4", 0, "1"},
       }) {
    CAPTURE(crowd);
    CHECK(shown(cmd::gives_way_to_body(Crowd(crowd).guests, newest, 8 * kMiB)) == gives_way);
  }
}

}  // namespace elector::tests
