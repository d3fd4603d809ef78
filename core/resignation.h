// SPDX-License-Identifier: Apache-2.0
// Asking a leader to resign, from the asking side: what to write into the lock object, when the
// request has been heard, and when to give up. Pure, as the election is.
//
// The request is an annotation (core::ResignRequest), addressed to the holder and the instance that
// made its claim. An elector acknowledges it at once, with its next write. A leader that is not
// elector never does; after one lease duration it counts as deaf if it kept renewing, and as dead
// if it did not, and the request is withdrawn.
#pragma once

#include <optional>
#include <string>

#include "core/record.h"
#include "core/rewind.h"
#include "core/time.h"

namespace elector::core {

struct ResignWish {
  std::string to{};    // the requested successor; "" for any
  std::string only{};  // ask only if this identity leads, see matches_identity(); "" for any leader
  bool force = false;  // clear the record instead of asking
  bool wait = false;   // until another candidate leads, not only until the leader has heard it
  std::string id{};    // random; identifies this request
};

class Resignation {
 public:
  enum class Act {
    kNothing,
    kAsk,       // write request() into the object, built on the last observation
    kClear,     // write a released record that is marked as forced
    kWithdraw,  // remove the request; then the resignation is over
  };
  enum class End {
    kDone,        // the leader has heard it, or another candidate leads (`leader`, if any)
    kNobody,      // the lock has no holder
    kDead,        // the holder did not renew for a whole lease, and so holds it no longer
    kUnheeded,    // the holder has not acknowledged: it goes on, or others removed the request from
                  // the lock, so that nothing shows whether it does
    kSameAgain,   // with `wait`: the same holder leads again, no other candidate stood
    kNotThatOne,  // `only` does not lead; `leader` does
  };
  struct Step {
    Act act = Act::kNothing;
    std::optional<End> end{};
    std::string leader{};            // the present leader, if any
    bool acknowledged = false;       // it was heard; how long the rest takes is not known
    std::optional<BootTime> wake{};  // when to look again without an event
  };

  explicit Resignation(ResignWish wish) : wish_(std::move(wish)) {}

  // Takes what was seen of the lock object. Returns false if that shows the past and is ignored;
  // after a read, another read tells whether the store was restored.
  bool observe(const Observation& seen, Source source, BootTime now);
  // Returns what to do now. The same act is returned until an observation shows it done, so call
  // this only while no write is under way.
  Step next(BootTime now);
  // The request to write for kAsk; for kClear with a successor, the one to write beside the
  // released record, with that record's nonce.
  ResignRequest request(const std::string& release_nonce = {}) const;

  const std::string& first_leader() const { return leader_.holder; }

 private:
  // The addressee of the request, as a term: the same holder in a later term is another addressee.
  struct Leader {
    std::string holder{};
    std::string instance{};
    std::optional<WallTime> acquire_time{};
    std::int64_t transitions = 0;
  };

  static Leader leader_of(const Observation& seen);
  static bool same_term(const Leader& a, const Leader& b);
  Step begin(BootTime now);
  Step after(BootTime now);
  bool heard() const;

  const ResignWish wish_;
  std::optional<Observation> seen_{};
  Rewind rewind_{};
  bool withdraws_ = false;  // the patience is over, and the request was still in the object
  bool asked_ = false;      // the request was seen in the object, or the record was seen cleared
  bool heard_ = false;
  bool renewed_ = false;  // since it was asked
  Leader leader_{};
  BootTime asked_at_{};
  Duration patience_{};  // the record's lease duration
};

}  // namespace elector::core
