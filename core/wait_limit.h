// SPDX-License-Identifier: Apache-2.0
// `exec --wait`: when to give up a candidacy, and why. Pure: it takes the facts and the time.
#pragma once

#include <optional>
#include <string>

#include "core/other_locks.h"
#include "core/time.h"

namespace elector::core {

class WaitLimit {
 public:
  // The state of the candidacy, as Candidate and the application's health report it.
  struct Facts {
    bool api_answers = true;
    bool unhealthy = false;  // the application is known to be unhealthy
    bool fit = true;         // it is known to be healthy, or health is not checked
    OtherLocks::Verdict others = OtherLocks::Verdict::kClear;
    bool observed = true;        // the lock was read
    bool another_leads = false;  // according to the lock
    bool tried = false;          // stands, and no write is under way that could get the lock
    bool seems_dead = false;     // the lock's holder does; see View
  };
  enum class Reason {
    kAnotherHolds,   // throughout: the one outcome that is not a failure
    kLedBefore,      // another holds it, but this process led meanwhile: its work is half done
    kUnhealthy,      // the application is not healthy, or not known to be
    kOtherElection,  // held back by an election of the same name on another kind of lock
    kApi,            // the API server is unreachable or refuses
  };

  // wait: as --wait; nothing waits for ever, zero allows one look and one try.
  explicit WaitLimit(std::optional<Duration> wait) : wait_(wait) {}

  // The candidate stands, for the first time or again after a term: the time counts from here.
  void begin(BootTime now);
  // The candidate was elected: the time does not count until it stands again.
  void elected();

  // Returns why to give up now, if so. Must be called again when anything has changed, and at
  // until().
  std::optional<Reason> check(const Facts& facts, BootTime now);
  std::optional<BootTime> until() const { return until_; }
  // True when the time is over, but a holder that seems dead is still being waited out.
  bool outwaits_dead() const { return outwaits_dead_; }

 private:
  std::optional<Reason> when_kept_out(const Facts& facts);

  const std::optional<Duration> wait_;
  std::optional<BootTime> until_{};  // while the time counts
  bool led_ = false;
  bool outwaits_dead_ = false;
};

// Returns the reason as text for the log. other_lock: the lock kind for kOtherElection.
std::string describe(WaitLimit::Reason reason, const std::string& other_lock);

}  // namespace elector::core
