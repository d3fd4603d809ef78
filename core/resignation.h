// Asking a leader to resign, from the side of who asks: what to write into the lock object, when it
// has been heard, and when to give up. Pure, as the election is.
//
// The request is an annotation (core::ResignRequest) that is addressed to the holder and the
// instance that made its claim. An elector acknowledges it with its next write, at once. A leader
// that is not elector never does; after one lease duration it counts as deaf if it went on
// renewing, and as dead if it did not, and the request is taken back.
#pragma once

#include <optional>
#include <string>

#include "core/record.h"
#include "core/rewind.h"
#include "core/time.h"

namespace elector::core {

struct ResignWish {
  std::string to{};    // who should lead next; "" for anyone
  std::string only{};  // ask only if this one leads, see matches_identity(); "" for any leader
  bool force = false;  // do not ask: clear the record
  bool wait = false;   // until another leads, and not only until the leader has heard it
  std::string id{};    // random: of this request
};

class Resignation {
 public:
  enum class Act {
    kNothing,
    kAsk,       // write request() into the object, built on the last observation
    kClear,     // write a released record that is marked as forced
    kWithdraw,  // take the request out again; then it is over
  };
  enum class End {
    kDone,        // the leader has heard it, or another leads: `leader` if one does
    kNobody,      // nobody holds the lock
    kDead,        // the holder did not renew for a whole lease: nobody holds it any more
    kUnheeded,    // the holder has not acknowledged: it goes on, or the request was taken out of
                  // the lock by others, so that nothing shows whether it does
    kSameAgain,   // with `wait`: the same one leads again, nobody else stood
    kNotThatOne,  // `only` does not lead; `leader` does
  };
  struct Step {
    Act act = Act::kNothing;
    std::optional<End> end{};
    std::string leader{};            // who leads now, if anyone
    bool acknowledged = false;       // it was heard; what follows takes as long as it takes
    std::optional<BootTime> wake{};  // when to look again without an event
  };

  explicit Resignation(ResignWish wish) : wish_(std::move(wish)) {}

  // What was seen of the lock object. False if that is the past, and ignored; after a read, another
  // one tells whether the store was restored.
  bool observe(const Observation& seen, Source source, BootTime now);
  // What to do now. The same act is named again until an observation shows it done, so ask only
  // while no write is under way.
  Step next(BootTime now);
  // To write for kAsk; with kClear and a successor: beside the released record, whose nonce it is.
  ResignRequest request(const std::string& release_nonce = {}) const;

  const std::string& first_leader() const { return leader_.holder; }

 private:
  // Whom the request went to. A term: a holder that comes back is another.
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
  bool withdraws_ = false;  // the patience is over, and the request was still there
  bool asked_ = false;      // the request was seen in the object, or the record was seen cleared
  bool heard_ = false;
  bool renewed_ = false;  // since it was asked
  Leader leader_{};
  BootTime asked_at_{};
  Duration patience_{};  // the record's lease duration
};

}  // namespace elector::core
