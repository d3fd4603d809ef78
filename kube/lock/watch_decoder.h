// SPDX-License-Identifier: Apache-2.0
// Splits the answer to a watch, as it arrives, into events: one JSON object per line
// (kubernetes.io, API concepts: "Efficient detection of changes").
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "kube/http/http_message.h"

namespace elector::kube {

struct WatchEvent {
  enum class Type {
    kAdded,
    kModified,
    kDeleted,
    kBookmark,  // only metadata.resourceVersion of `object` is meaningful
    kError,     // `object` is a Status; the watch is over
    kOther,     // an unknown type, to be ignored
    kSkipped,   // an unusable event (too large, not JSON, no object); `object` is the reason
  };
  Type type = Type::kOther;
  std::string_view object;  // JSON, valid during the callback only
};

class WatchDecoder {
 public:
  using OnEvent = std::function<void(const WatchEvent& event)>;

  // The longest event that is accepted: an object of etcd's largest size, whose JSON has up to six
  // bytes for one of its own.
  static constexpr std::size_t kMaxEvent = kMaxBody;
  // A longer line cannot be an event of any object: the stream is something else.
  static constexpr std::size_t kMaxLine = 16 * kMaxEvent;

  // Takes the next bytes, split anywhere, and calls `on_event` for each event that they complete. A
  // line that begins as an event but is not a usable one is a kSkipped event: one bad object does
  // not hide the others. Fails with kProtocol if a line does not begin as an event, or is longer
  // than kMaxLine; the decoder cannot be used after that.
  Failure feed(std::string_view bytes, const OnEvent& on_event);

 private:
  static Failure decode(std::string_view line, const OnEvent& on_event);

  std::string line_;         // the beginning of a line whose end has not come yet
  std::size_t skipped_ = 0;  // bytes of a line that is too long, which are not kept
};

}  // namespace elector::kube
