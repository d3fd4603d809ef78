#include "cmd/wait_limit.h"

namespace elector::cmd {

using core::OtherLocks;

void WaitLimit::begin(core::BootTime now) {
  if (wait_) until_ = now + *wait_;
  outwaits_dead_ = false;
}

void WaitLimit::elected() {
  until_.reset();
  led_ = true;
}

std::optional<WaitLimit::Reason> WaitLimit::check(const Facts& facts, core::BootTime now) {
  if (!until_ || now < *until_) return std::nullopt;
  if (facts.unhealthy) return Reason::kUnhealthy;
  if (!facts.api_answers) return Reason::kApi;
  // One look and one try, in any case, where there is no time to wait; and where there is none left
  // after a dead holder's lease.
  const bool once = *wait_ <= core::Duration::zero() || outwaits_dead_;
  const bool looked = facts.fit && facts.observed && facts.others != OtherLocks::Verdict::kUnknown;
  if (once && !looked) return std::nullopt;
  const Reason conflict = led_ ? Reason::kLedBefore : Reason::kAnotherHolds;
  const bool kept_out = !facts.fit || facts.others != OtherLocks::Verdict::kClear;
  if (kept_out) return facts.another_leads ? conflict : when_kept_out(facts);
  if (once && !facts.tried) return std::nullopt;
  // A dead holder does not hold it: else a job that is tried for a moment now and then, from cron
  // say, would never run again.
  if (facts.seems_dead) {
    outwaits_dead_ = true;
    return std::nullopt;
  }
  return facts.observed ? conflict : Reason::kApi;
}

// It does not stand, and the lock itself may be free.
std::optional<WaitLimit::Reason> WaitLimit::when_kept_out(const Facts& facts) {
  if (!facts.fit) return Reason::kUnhealthy;
  switch (facts.others) {
    case OtherLocks::Verdict::kLive:
      // Whoever calls this from cron with `-E 0` wants to hear nothing while another of its kind
      // does the work, and everything else. That this is another of its kind nobody knows: more
      // likely somebody else's election bears the name, or some hosts were forgotten when the
      // others were moved; and with the conflict's code the job would never run here, in silence.
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
      return "not elected in time: not healthy";
    case WaitLimit::Reason::kOtherElection:
      return "not elected in time: held back by the election of the same name on " + other_lock +
             "; --lock says which is meant";
    case WaitLimit::Reason::kApi:
      return "not elected in time: the API server is away or says no";
  }
  return "";
}

}  // namespace elector::cmd
