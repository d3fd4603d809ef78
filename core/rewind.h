// SPDX-License-Identifier: Apache-2.0
// Tells an old answer from a store that was restored.
#pragma once

namespace elector::core {

// How an observation of the lock object was made.
enum class Source {
  kEvent,  // a watch event: may lag behind
  kRead,   // a GET or the answer to a write: was true between request and answer
};

// An etcd that was restored from a backup counts versions from the past again: after kBelieved
// consecutive reads that show "the past", it is the present.
class Rewind {
 public:
  // Takes whether the latest read is older than the newest known version. Returns true if the past
  // must be believed now; the count then starts again.
  bool read(bool older) {
    older_reads_ = older ? older_reads_ + 1 : 0;
    if (older_reads_ < kBelieved) return false;
    older_reads_ = 0;
    return true;
  }

 private:
  static constexpr int kBelieved = 3;
  int older_reads_ = 0;
};

}  // namespace elector::core
