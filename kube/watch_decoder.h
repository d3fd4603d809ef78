// The answer to a watch as it comes from the wire, cut into events: one JSON object a line
// (kubernetes.io, API concepts: "Efficient detection of changes").
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "kube/error.h"

namespace elector::kube {

struct WatchEvent {
  enum class Type {
    kAdded,
    kModified,
    kDeleted,
    kBookmark,  // only metadata.resourceVersion of `object` means something
    kError,     // `object` is a Status; the watch is over
    kOther,     // a type that we do not know, to be ignored
  };
  Type type = Type::kOther;
  std::string_view object;  // JSON, valid during the callback only
};

class WatchDecoder {
 public:
  using OnEvent = std::function<void(const WatchEvent& event)>;

  // The longest event that is taken; an object is at most 1.5 MiB in etcd.
  static constexpr std::size_t kMaxEvent = 4UL << 20U;

  // Takes the next bytes, cut anywhere, and calls `on_event` for each event that they complete.
  // Fails with kProtocol when a line is no event or too long; the decoder is of no use after that.
  Failure feed(std::string_view bytes, const OnEvent& on_event);

 private:
  static Failure decode(std::string_view line, const OnEvent& on_event);

  std::string line_;  // what came of a line whose end is still to come
};

}  // namespace elector::kube
