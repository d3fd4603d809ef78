// The answer to a watch as it comes from the wire, cut into events: one JSON object a line
// (kubernetes.io, API concepts: "Efficient detection of changes").
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "kube/error.h"
#include "kube/http_message.h"

namespace elector::kube {

struct WatchEvent {
  enum class Type {
    kAdded,
    kModified,
    kDeleted,
    kBookmark,  // only metadata.resourceVersion of `object` means something
    kError,     // `object` is a Status; the watch is over
    kOther,     // a type that we do not know, to be ignored
    kSkipped,   // an event that cannot be used (too large, not JSON, no object); `object` says why
  };
  Type type = Type::kOther;
  std::string_view object;  // JSON, valid during the callback only
};

class WatchDecoder {
 public:
  using OnEvent = std::function<void(const WatchEvent& event)>;

  // The longest event that is taken: an object of etcd's largest size, whose JSON has up to six
  // bytes for one of its own.
  static constexpr std::size_t kMaxEvent = kMaxBody;
  // A longer line is no event of any object: the stream is something else.
  static constexpr std::size_t kMaxLine = 16 * kMaxEvent;

  // Takes the next bytes, cut anywhere, and calls `on_event` for each event that they complete. A
  // line that begins as an event does and is not a usable one is a kSkipped event: one bad object
  // does not hide the others. Fails with kProtocol when a line does not begin so, or is longer than
  // kMaxLine; the decoder is of no use after that.
  Failure feed(std::string_view bytes, const OnEvent& on_event);

 private:
  static Failure decode(std::string_view line, const OnEvent& on_event);

  std::string line_;         // what came of a line whose end is still to come
  std::size_t skipped_ = 0;  // bytes of a line that is too long, which are not kept
};

}  // namespace elector::kube
