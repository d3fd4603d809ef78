// SPDX-License-Identifier: Apache-2.0
#include "tests/system/chaos/stream.h"

#include <rapidjson/pointer.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <stdexcept>

#include "tests/support/json.h"

namespace elector::tests::chaos {
namespace {

// What an event states; `wrong` is why it must not.
StreamEvent read_event(const std::string& data, Instant received, std::string& wrong) {
  const Json json = parse_json(data);
  const auto* leads = rapidjson::Pointer("/isLeader").Get(json);
  StreamEvent event{.received = received, .name = text_at(json, "/leader")};
  const std::string id = text_at(json, "/id");
  if (leads == nullptr || !leads->IsBool()) {
    wrong = "does not say whether it leads";
  } else if (leads->GetBool()) {
    event.token = std::strtoull(text_at(json, "/fencingToken").c_str(), nullptr, 10);
    if (event.token == 0U) wrong = "leads without a fencing token";
    if (event.name != id) wrong = "leads and names another";
  } else if (event.name == id) {
    wrong = "does not lead, and names itself as the leader";
  }
  return event;
}

Finding finding(const Life& life, const std::string& what, Instant from, Instant to) {
  return {
      .invariant = 6, .what = life.title() + ", by its stream, " + what, .from = from, .to = to};
}

void check_tokens(const Life& life, const Stream& stream,
                  std::map<std::uint64_t, std::string>& owners, Findings& found) {
  std::uint64_t highest = 0;
  std::optional<std::uint64_t> present;  // the token of the last event, if it was a claim
  for (const StreamEvent& event : stream.events) {
    if (event.token) {
      const std::string token = std::to_string(*event.token);
      const auto owner = owners.try_emplace(*event.token, life.title()).first;
      if (owner->second != life.title()) {
        found.push_back(finding(life, "has the token " + token + " of " + owner->second,
                                event.received, event.received));
      }
      if (*event.token < highest || (*event.token == highest && event.token != present)) {
        found.push_back(
            finding(life, "leads again under the token " + token, event.received, event.received));
      }
      highest = std::max(highest, *event.token);
    }
    present = event.token;
  }
}

// Whether the stream has kept up with what the process answered, at each answer.
void check_currency(const Life& life, const Stream& stream, Span late, Instant to,
                    Findings& found) {
  const auto event_after = [&stream](Instant at) {
    return std::upper_bound(
        stream.events.begin(), stream.events.end(), at,
        [](Instant one, const StreamEvent& event) { return one < event.received; });
  };
  for (const Served& served : life.served) {
    for (const Asked& asked : served.when) {
      if (asked.received + late > std::min(to, stream.read_to)) continue;
      const auto next = event_after(asked.sent - late);
      const bool changes = next != stream.events.end() && next->received <= asked.received + late;
      if (next == stream.events.begin() || changes) continue;
      if ((next - 1)->name == served.name) continue;
      found.push_back(finding(
          life, "names \"" + (next - 1)->name + "\" while it answers \"" + served.name + "\"",
          (next - 1)->received, asked.sent));
      break;
    }
  }
}

}  // namespace

Findings StreamReader::read(const std::string& socket, Life& life) {
  if (!connection_) {
    try {
      connection_ = std::make_unique<OpenConnection>(Address{.host = socket});
    } catch (const std::runtime_error&) {
      return {};  // it does not listen yet
    }
    // As 1.0, so that the events come without the marks of chunks between them.
    connection_->send("GET /watch HTTP/1.0\r\nHost: localhost\r\n\r\n");
    read_to_ = 0;
    life.streams.emplace_back();
  }
  Findings wrong;
  Stream& stream = life.streams.back();
  const std::string mark = "\ndata: ";
  while (connection_->receives("\n\n", Milliseconds(2))) {
    const std::string& text = connection_->received();
    const std::size_t end = text.find("\n\n", read_to_);
    const std::size_t at = text.find(mark, read_to_);
    const Instant now = BootClock::now();
    if (at < end) {  // otherwise it is a comment
      const std::string data = text.substr(at + mark.size(), end - at - mark.size());
      std::string why;
      stream.events.push_back(read_event(data, now, why));
      if (!why.empty()) wrong.push_back(finding(life, why.append(": ").append(data), now, now));
    }
    read_to_ = end + 2;
  }
  stream.read_to = BootClock::now();
  if (connection_->ends(Milliseconds(0))) connection_.reset();
  return wrong;
}

Findings check_streams(const History& history, Span late, Instant to) {
  std::map<std::uint64_t, std::string> owners;
  for (const Term& term : terms_of(history)) owners.emplace(term.token, term.lives.front());
  Findings found;
  for (const Life& life : history) {
    for (const Stream& stream : life.streams) {
      check_tokens(life, stream, owners, found);
      check_currency(life, stream, late, to, found);
    }
  }
  return found;
}

std::vector<std::pair<std::string, std::vector<std::string>>> lines_of_streams(const Life& life) {
  std::vector<std::pair<std::string, std::vector<std::string>>> all;
  for (const Stream& stream : life.streams) {
    std::vector<std::string> lines;
    for (const StreamEvent& event : stream.events) {
      lines.push_back((event.name.empty() ? "nobody" : event.name) + " is the leader");
    }
    all.emplace_back(life.title() + ", by its stream,", std::move(lines));
  }
  return all;
}

}  // namespace elector::tests::chaos
