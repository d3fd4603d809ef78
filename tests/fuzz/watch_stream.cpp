// SPDX-License-Identifier: Apache-2.0
// The answer to a watch, cut anywhere: the events, and what is wrong with them, do not depend on
// where.
#include <algorithm>
#include <functional>

#include "kube/base/json_text.h"
#include "kube/http/api_status.h"
#include "kube/lock/lock_codec.h"
#include "kube/lock/watch_decoder.h"
#include "tests/fuzz/fuzz.h"

namespace elector::tests {
namespace {

// What came out: the events, each as type and object, and the error at the end if there was one.
struct Outcome {
  std::vector<std::string> events;
  std::string error;

  bool operator==(const Outcome&) const = default;
};

void check_event(const kube::WatchEvent& event) {
  require(!kube::json::check(event.object), "an event's object is JSON", event.object);
  if (event.type == kube::WatchEvent::Type::kError) {
    const kube::Status status = kube::parse_status(event.object);
    require(status.code >= 0 && status.code <= 999, "a status has a sound code");
  }
  const std::string name = kube::json::string_at(event.object, {"metadata", "name"});
  for (const auto kind : {kube::LockKind::kLease, kube::LockKind::kEndpoints}) {
    const auto seen = kube::decode_lock({kind, "default", name}, event.object);
    if (!seen) require_good(seen.error());
    const auto listed = kube::decode_listed(kind, event.object);
    if (!listed) require_good(listed.error());
    require(!seen || !listed || core::same_record(*seen, listed->seen) || name.empty(),
            "one object says the same alone and among others", event.object);
  }
}

// Feeds the stream in pieces; `length` is the maximum length of the next piece.
Outcome feed(std::string_view stream, const std::function<std::size_t()>& length) {
  Outcome outcome;
  kube::WatchDecoder decoder;
  while (!stream.empty()) {
    // A separate copy, so that reading past the piece is detected.
    const std::string piece(stream.substr(0, std::max<std::size_t>(1, length())));
    stream.remove_prefix(piece.size());
    const auto failure = decoder.feed(piece, [&](const kube::WatchEvent& event) {
      outcome.events.push_back(std::to_string(static_cast<int>(event.type)) +
                               std::string(event.object));
      const bool usable = event.type != kube::WatchEvent::Type::kSkipped;
      if (usable && piece.size() > 1) check_event(event);
    });
    if (!failure) continue;
    require_good(*failure);
    outcome.error = failure->message;
    break;
  }
  return outcome;
}

void check(std::string_view stream) {
  const Outcome whole = feed(stream, [&] { return stream.size(); });
  const Outcome bytes = feed(stream, [] { return std::size_t{1}; });
  require(whole == bytes, "byte by byte the stream says the same", stream);
  std::size_t state = stream.size() + 1;
  const Outcome pieces = feed(stream, [&] {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return (state >> 33U) % 64;
  });
  require(whole == pieces, "cut anywhere the stream says the same", stream);
  require(whole.error.empty() || !stream.empty(), "nothing is no error");
}

}  // namespace
}  // namespace elector::tests

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  elector::tests::check(elector::tests::text_of(data, size));
  return 0;
}
