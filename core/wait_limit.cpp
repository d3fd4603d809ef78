// SPDX-License-Identifier: Apache-2.0
#include "core/wait_limit.h"

namespace elector::core {

void WaitLimit::begin(BootTime now) {
  if (wait_) until_ = now + *wait_;
  outwaits_dead_ = false;
}

void WaitLimit::elected() {
  until_.reset();
  led_ = true;
}

std::optional<WaitLimit::Reason> WaitLimit::check(const Facts& facts, BootTime now) {
  if (!until_ || now < *until_) return std::nullopt;
  if (facts.unhealthy) return Reason::kUnhealthy;
  if (!facts.api_answers) return Reason::kApi;
  // One look and one try in any case, if there is no time to wait, and if none is left after a dead
  // holder's lease.
  const bool once = *wait_ <= Duration::zero() || outwaits_dead_;
  const bool looked = facts.fit && facts.observed && facts.others != OtherLocks::Verdict::kUnknown;
  if (once && !looked) return std::nullopt;
  const Reason conflict = led_ ? Reason::kLedBefore : Reason::kAnotherHolds;
  const bool kept_out = !facts.fit || facts.others != OtherLocks::Verdict::kClear;
  if (kept_out) return facts.another_leads ? conflict : when_kept_out(facts);
  if (once && !facts.tried) return std::nullopt;
  // A dead holder does not count as holding the lock: otherwise a job that is tried briefly now and
  // then, for example from cron, would never run again.
  if (facts.seems_dead) {
    outwaits_dead_ = true;
    return std::nullopt;
  }
  return facts.observed ? conflict : Reason::kApi;
}

// The candidate does not stand, and the lock itself may be free.
std::optional<WaitLimit::Reason> WaitLimit::when_kept_out(const Facts& facts) {
  if (!facts.fit) return Reason::kUnhealthy;
  switch (facts.others) {
    case OtherLocks::Verdict::kLive:
      // With `-E 0` in a crontab, the user wants silence while another instance of the job does the
      // work, and a message for everything else. Whether this is another instance is not known:
      // more likely the name belongs to an unrelated election, or some hosts were forgotten when
      // the others were moved; with the conflict's code, the job would then silently never run
      // here.
      return Reason::kOtherElection;
    case OtherLocks::Verdict::kSeemsDead:
      outwaits_dead_ = true;
      return std::nullopt;
    default:
      return Reason::kApi;
  }
}

std::string describe(WaitLimit::Reason reason, const std::string& other_lock) {
  switch (reason) {
    case WaitLimit::Reason::kAnotherHolds:
      return "not elected in time";
    case WaitLimit::Reason::kLedBefore:
      return "not elected again in time";
    case WaitLimit::Reason::kUnhealthy:
      return "not elected in time: the health check fails";
    case WaitLimit::Reason::kOtherElection:
      return "not elected in time: an election of the same name is live on " + other_lock +
             "; choose one with --lock";
    case WaitLimit::Reason::kApi:
      return "not elected in time: the API server is unreachable or denies access";
  }
  return "";
}

}  // namespace elector::core
