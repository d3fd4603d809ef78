// See watch_decoder.h.
#include "kube/watch_decoder.h"

#include "kube/json_text.h"

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

}  // namespace

Failure WatchDecoder::feed(std::string_view bytes, const OnEvent& on_event) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    if (line_.size() + piece.size() > kMaxEvent) {
      return Error{Error::Kind::kProtocol,
                   "a watch event has more than " + std::to_string(kMaxEvent) + " bytes"};
    }
    if (end == std::string_view::npos) {
      line_ += piece;
      return {};
    }
    bytes.remove_prefix(end + 1);
    Failure failure;
    if (line_.empty()) {
      failure = decode(piece, on_event);
    } else {
      line_ += piece;
      failure = decode(line_, on_event);
      line_ = std::string();  // gives a large event's memory back
    }
    if (failure) return failure;
  }
  return {};
}

Failure WatchDecoder::decode(std::string_view line, const OnEvent& on_event) {
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) return {};
  if (Failure failure = json::check(line)) {
    return Error{failure->kind, "a watch event is " + failure->message};
  }
  const auto object = json::find(line, "object");
  if (!object) return Error{Error::Kind::kProtocol, "a watch event has no object"};
  on_event({event_type(json::string_at(line, {"type"})), *object});
  return {};
}

}  // namespace elector::kube
