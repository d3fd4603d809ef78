// SPDX-License-Identifier: Apache-2.0
#include "kube/lock/watch_decoder.h"

#include <algorithm>
#include <utility>

#include "kube/base/json_text.h"

namespace elector::kube {
namespace {

WatchEvent::Type event_type(const std::string& text) {
  if (text == "ADDED") return WatchEvent::Type::kAdded;
  if (text == "MODIFIED") return WatchEvent::Type::kModified;
  if (text == "DELETED") return WatchEvent::Type::kDeleted;
  if (text == "BOOKMARK") return WatchEvent::Type::kBookmark;
  if (text == "ERROR") return WatchEvent::Type::kError;
  return WatchEvent::Type::kOther;
}

constexpr std::string_view kTooLong = "is larger than any valid object";

// The API server writes the type first.
bool begins_as_event(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
  return line.starts_with("{\"type\":\"");
}

Failure no_event(std::string_view why) {
  return Error{Error::Kind::kProtocol, "a watch event " + std::string(why)};
}

}  // namespace

Failure WatchDecoder::feed(std::string_view bytes, const OnEvent& on_event) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    const bool complete = end != std::string_view::npos;
    bytes.remove_prefix(complete ? end + 1 : bytes.size());
    if (skipped_ > 0 || line_.size() + piece.size() > kMaxEvent) {
      if (skipped_ == 0 && !begins_as_event(line_.empty() ? piece : line_))
        return no_event(kTooLong);
      skipped_ += std::exchange(line_, {}).size() + piece.size();
      if (skipped_ > kMaxLine) return no_event(kTooLong);
      if (!complete) continue;
      skipped_ = 0;
      on_event({WatchEvent::Type::kSkipped, kTooLong});
    } else if (!complete) {
      line_ += piece;
    } else if (line_.empty()) {
      if (Failure failure = decode(piece, on_event)) return failure;
    } else {
      line_ += piece;
      const std::string line = std::exchange(line_, {});  // gives a large event's memory back
      if (Failure failure = decode(line, on_event)) return failure;
    }
  }
  return {};
}

Failure WatchDecoder::decode(std::string_view line, const OnEvent& on_event) {
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) return {};
  std::string trouble;
  if (const Failure failure = json::check(line)) {
    trouble = "is " + failure->message;
  } else if (const auto object = json::find(line, "object")) {
    on_event({event_type(json::string_at(line, {"type"})), *object});
    return {};
  } else {
    trouble = "has no object";
  }
  if (!begins_as_event(line)) return no_event(trouble);
  on_event({WatchEvent::Type::kSkipped, trouble});
  return {};
}

}  // namespace elector::kube
