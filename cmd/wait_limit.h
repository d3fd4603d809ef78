// `exec --wait`: when a candidacy is given up, and why. Pure: it is told how things stand, and the
// time.
#pragma once

#include <optional>
#include <string>

#include "core/other_locks.h"
#include "core/time.h"

namespace elector::cmd {

class WaitLimit {
 public:
  // How things stand, as Candidate and the health of the application have it.
  struct Facts {
    bool api_answers = true;
    bool unhealthy = false;  // the application is known not to be healthy
    bool fit = true;         // it is known to be healthy, or not asked
    core::OtherLocks::Verdict others = core::OtherLocks::Verdict::kClear;
    bool observed = true;        // the lock was read
    bool another_leads = false;  // as the lock says
    bool tried = false;          // stands, and has nothing under way that could get the lock
    bool seems_dead = false;     // the lock's holder does; see core::View
  };
  enum class Reason {
    kAnotherHolds,   // throughout: the one outcome that is nobody's failure
    kLedBefore,      // another holds it, but this process led meanwhile: its work is half done
    kUnhealthy,      // the application is not healthy, or not known to be
    kOtherElection,  // held back by an election of the same name on another kind of lock
    kApi,            // the API server is away or says no
  };

  // wait: as --wait; nothing for ever, zero for one look and one try.
  explicit WaitLimit(std::optional<core::Duration> wait) : wait_(wait) {}

  // It stands, for the first time or again after a term: the time counts from here.
  void begin(core::BootTime now);
  // It was elected: nothing counts until it stands again.
  void elected();

  // Why to give up now, if so. Ask again when anything has changed, and at until().
  std::optional<Reason> check(const Facts& facts, core::BootTime now);
  std::optional<core::BootTime> until() const { return until_; }
  // The time is over, but a holder that seems dead is waited out.
  bool outwaits_dead() const { return outwaits_dead_; }

 private:
  std::optional<Reason> when_kept_out(const Facts& facts);

  const std::optional<core::Duration> wait_;
  std::optional<core::BootTime> until_{};  // while it counts
  bool led_ = false;
  bool outwaits_dead_ = false;
};

// For the log; other_lock: the kind of kOtherElection.
std::string describe(WaitLimit::Reason reason, const std::string& other_lock);

}  // namespace elector::cmd
