#include "tests/sim/owner.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "tests/sim/host.h"
#include "tests/sim/world.h"

namespace elector::tests {
namespace {

using core::BootTime;
using core::Duration;
using core::Guard;
using std::chrono::milliseconds;

// From the elector to the guard and back, on one machine.
constexpr Duration kMessage = milliseconds(2);
// Of clocks that run at other rates than real time.
constexpr Duration kRounding = std::chrono::microseconds(1);

}  // namespace

bool Owner::runs() const {
  return std::any_of(jobs_.begin(), jobs_.end(),
                     [](const JobRef& job) { return job->child || job->rest; });
}

// Where the clocks' rates differ by more than K allows for, work must not outlive the hold.
core::TermLimits Owner::limits(BootTime hold_until, BootTime gone_by) const {
  return {.hold_until = hold_until,
          .gone_by = world_.plan().work_outlives_hold ? gone_by : hold_until};
}

// ---- What the elector tells its guard ----------------------------------------------------------

Owner::Job& Owner::job() {
  if (jobs_.empty() || jobs_.back()->orphaned) {
    const bool slow = world_.dice().chance(300);
    const Duration lease = host_.plan().timing.lease_duration;
    jobs_.push_back(std::make_shared<Job>(slow ? lease * 2 : lease / 8));
  }
  return *jobs_.back();
}

void Owner::tell(Input input) {
  job();
  world_.schedule().after(world_.dice().up_to(kMessage),
                          [this, job = jobs_.back(), input = std::move(input)] {
                            if (host_.frozen()) return;  // thawed() catches up
                            input(*job, host_.local().boot);
                            pump(job);
                          });
}

void Owner::begin(BootTime hold_until, BootTime gone_by) {
  busy_ = true;
  ending_ = false;
  dying_ = gone_by - hold_until;
  limits_ = limits(hold_until, gone_by);
  tell([limits = limits_](Job& job, BootTime now) {
    if (job.guard.busy()) return;
    job.limits = limits;
    job.guard.begin(limits, now);
  });
}

void Owner::extend(BootTime hold_until, BootTime gone_by) {
  dying_ = gone_by - hold_until;
  limits_ = limits(hold_until, gone_by);
  if (!busy_) return;
  tell([limits = limits_](Job& job, BootTime now) {
    if (!job.guard.extend(limits, now)) return;
    job.limits.hold_until = std::max(job.limits.hold_until, limits.hold_until);
    job.limits.gone_by = std::max(job.limits.gone_by, limits.gone_by);
  });
}

void Owner::drain() {
  ending_ = true;
  if (!busy_) return report_gone();
  const Duration grace = world_.dice().up_to(Duration(host_.plan().timing.lease_duration) * 2);
  tell([grace](Job& job, BootTime now) { job.guard.end(now + grace, now); });
}

void Owner::lose(BootTime gone_by) {
  ending_ = true;
  if (!busy_) return report_gone();
  const BootTime by = core::latest_kill(limits(gone_by - dying_, gone_by));
  tell([by](Job& job, BootTime now) { job.guard.end(by, now); });
}

void Owner::process_died() {
  busy_ = false;
  if (jobs_.empty() || jobs_.back()->orphaned) return;
  tell([](Job& job, BootTime now) { job.guard.orphaned(now); });
  jobs_.back()->orphaned = true;
}

void Owner::machine_died() {
  for (const JobRef& job : jobs_) job->child = job->rest = job->dying = false;
  jobs_.clear();
  busy_ = false;
}

void Owner::thawed() {
  const std::vector<JobRef> jobs = jobs_;
  for (const JobRef& job : jobs) {
    pump(job);
    if (job->dying) die(job);
  }
}

// ---- The guard ---------------------------------------------------------------------------------

// Carries out what the guard's rules say, and looks again when they want to be asked.
void Owner::pump(const JobRef& job) {
  if (host_.frozen()) return;
  job->guard.tick(host_.local().boot);
  for (const Guard::Action action : job->guard.take_actions()) act(job, action);
  arm(job);
}

void Owner::act(const JobRef& job, Guard::Action action) {
  const Duration soon = milliseconds(50);
  switch (action) {
    case Guard::Action::kStart:
      if (!job->guard.may_run(host_.local().boot)) return job->guard.not_started();
      job->child = true;
      job->rest = world_.dice().chance(300);
      ++job->term;
      return job->guard.started();
    case Guard::Action::kAskToStop:
      if (world_.dice().chance(300)) return;  // it does not listen
      return end_child(job, soon);
    case Guard::Action::kAskTheRest:
      if (world_.dice().chance(300)) return;
      return end_rest(job, soon);
    case Guard::Action::kKillAll:
      if (!std::exchange(job->dying, true)) kill(job);
      return;
    case Guard::Action::kStuck:
      return world_.fail("2", "something on " + std::string(host_.name()) + " cannot be killed");
    case Guard::Action::kGone:
      if (world_.log().on()) world_.log().line(host_.name(), "  (its work is gone)");
      if (job->orphaned) return;
      world_.schedule().after(world_.dice().up_to(kMessage), [this, job] {
        if (job->orphaned || job->guard.busy()) return;
        busy_ = false;
        world_.api().network().disturb(host_.index());  // it may stand from now on
        if (ending_) return report_gone();
        // The guard took the hold for over, and ended the work by itself. So it is, and the elector
        // will find out; or a renewal came too late for the guard.
        if (host_.claims()) begin(limits_.hold_until, limits_.hold_until + dying_);
      });
      return;
  }
}

// Not in the middle of what the elector is doing.
void Owner::report_gone() {
  world_.schedule().after(Duration::zero(), [this] { on_gone_(); });
}

void Owner::end_child(const JobRef& job, Duration most) {
  world_.schedule().after(world_.dice().up_to(most), [this, job, term = job->term] {
    if (term != job->term || host_.frozen() || !std::exchange(job->child, false)) return;
    job->guard.child_ended(host_.local().boot);
    check_gone(job);
  });
}

void Owner::end_rest(const JobRef& job, Duration most) {
  world_.schedule().after(world_.dice().up_to(most), [this, job, term = job->term] {
    if (term != job->term || host_.frozen()) return;
    job->rest = false;
    check_gone(job);
  });
}

// A quarter of the time between the end of the hold and K is for the dying itself, by the design
// and not by the code under test. (After a second the guard reports that something is stuck.)
void Owner::kill(const JobRef& job) {
  const Duration room = (job->limits.gone_by - job->limits.hold_until) / 4;
  const bool many = world_.dice().chance(300);
  job->dead_at =
      host_.local().boot +
      (many ? world_.dice().up_to(std::min<Duration>(room, milliseconds(900))) : Duration::zero());
  die(job);
}

void Owner::die(const JobRef& job) {
  world_.schedule().at(host_.clock().when(job->dead_at), [this, job, term = job->term] {
    if (term != job->term || host_.frozen() || !job->dying) return;  // thawed() goes on
    const BootTime now = host_.local().boot;
    if (now < job->dead_at) return;  // the clock was slowed down, and thawed() was called
    if ((job->child || job->rest) && now > job->limits.gone_by + kRounding) {
      world_.fail("2", "work on " + std::string(host_.name()) + " outlives K");
    }
    job->rest = false;
    if (std::exchange(job->child, false)) job->guard.child_ended(now);
    check_gone(job);
  });
}

void Owner::check_gone(const JobRef& job) {
  if (!job->child && !job->rest) {
    job->dying = false;
    job->guard.tree_gone();
  }
  pump(job);
  if (job->orphaned && !job->guard.busy()) std::erase(jobs_, job);
}

void Owner::arm(const JobRef& job) {
  const auto wake = job->guard.next_wake();
  if (!wake) return;
  world_.schedule().at(host_.clock().when(*wake), [this, job, at = *wake] {
    if (job->guard.next_wake() == at) pump(job);
  });
}

}  // namespace elector::tests
