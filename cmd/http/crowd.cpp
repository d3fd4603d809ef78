// SPDX-License-Identifier: Apache-2.0
#include "cmd/http/crowd.h"

#include <map>
#include <set>

namespace elector::cmd {
namespace {

// Among the guests for which `counts` is true, returns the oldest of the peer that has the most.
template <typename Counts>
std::optional<std::size_t> oldest_of_most(std::span<const HttpGuest> guests, Counts counts) {
  std::map<std::string_view, std::size_t> tally;
  for (std::size_t i = 0; i < guests.size(); ++i) {
    if (counts(i)) ++tally[guests[i].peer];
  }
  std::optional<std::size_t> chosen;
  for (std::size_t i = 0; i < guests.size(); ++i) {
    if (!counts(i)) continue;
    const std::size_t number = tally[guests[i].peer];
    const std::size_t most = chosen ? tally[guests[*chosen].peer] : 0;
    if (number > most || (number == most && guests[i].since < guests[*chosen].since)) chosen = i;
  }
  return chosen;
}

std::optional<std::size_t> oldest_of_most(std::span<const HttpGuest> guests,
                                          HttpActivity activity) {
  return oldest_of_most(guests, [&](std::size_t i) { return guests[i].activity == activity; });
}

std::size_t streams_of(std::span<const HttpGuest> guests, std::string_view peer) {
  std::size_t count = 0;
  for (const HttpGuest& guest : guests) {
    if (guest.activity == HttpActivity::kStreaming && guest.peer == peer) ++count;
  }
  return count;
}

std::size_t size_of_bodies(std::span<const HttpGuest> guests) {
  std::set<const void*> counted;
  std::size_t size = 0;
  for (const HttpGuest& guest : guests) {
    if (guest.body != nullptr && counted.insert(guest.body).second) size += guest.size;
  }
  return size;
}

}  // namespace

std::optional<std::size_t> gives_way_to_connection(std::span<const HttpGuest> guests) {
  const auto silent = oldest_of_most(guests, HttpActivity::kSilent);
  return silent ? silent : oldest_of_most(guests, HttpActivity::kAnswering);
}

std::optional<std::size_t> gives_way_to_stream(std::span<const HttpGuest> guests,
                                               std::string_view peer) {
  const auto chosen = oldest_of_most(guests, HttpActivity::kStreaming);
  if (!chosen) return std::nullopt;
  const std::size_t most = streams_of(guests, guests[*chosen].peer);
  return most > streams_of(guests, peer) + 1 ? chosen : std::nullopt;
}

std::optional<std::size_t> gives_way_to_body(std::span<const HttpGuest> guests, std::size_t newest,
                                             std::size_t limit) {
  if (size_of_bodies(guests) <= limit) return std::nullopt;
  return oldest_of_most(guests,
                        [&](std::size_t i) { return i != newest && guests[i].body != nullptr; });
}

}  // namespace elector::cmd
