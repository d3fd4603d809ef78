// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/sim/owner.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "tests/protocol/sim/world.h"

namespace elector::tests {

using cmd::GuardCommand;
using cmd::GuardReport;
using core::BootTime;
using core::Duration;
using core::GuardWatch;
using core::JobCourse;
using core::TermLimits;
using std::chrono::milliseconds;
using Inbox = Host::Inbox;

namespace {

constexpr Duration kLeastPatience = std::chrono::seconds(1);  // as in cmd/exec_job.cpp
constexpr Duration kLatency = milliseconds(1);
// From when a process can kill until everything is dead, in addition to the dying itself.
constexpr Duration kMoment = milliseconds(10);
// For clocks whose rates differ from real time.
constexpr Duration kRounding = std::chrono::microseconds(1);

}  // namespace

Owner::Owner(World& world, Host& host, Handler handler)
    : world_(world), host_(host), handler_(std::move(handler)), local_(world.schedule(), host) {}

// ---- elector's process -------------------------------------------------------------------------

void Owner::boot() {
  const core::Timing& timing = host_.plan().timing;
  course_.emplace(world_.dice().chance(200));
  watch_.emplace(std::max(timing.retry_period, kLeastPatience));
  last_serial_ = 0;
  lost_ = false;
  armed_for_.reset();
  limits_ = {};
  resumed_ = local_.now();
  all_.push_back(std::make_unique<GuardProcess>(world_, host_, local_, [this] {
    world_.schedule().after(world_.dice().up_to(kLatency),
                            host_.in_process(Inbox::kOwner, [this] { receive(); }));
  }));
  guard_ = all_.back().get();
  active_.push_back(guard_);
}

// If the clocks' rates differ by more than K allows for, work must not outlive the hold.
TermLimits Owner::limits_of(const core::Report& report) {
  dying_ = report.gone_by - report.hold_until;
  return {.hold_until = report.hold_until,
          .gone_by = world_.plan().work_outlives_hold ? report.gone_by : report.hold_until};
}

void Owner::elected(const core::Report& report) {
  if (course_->job_there()) {
    return world_.fail("2", std::string(host_.name()) + " is elected beside its former work");
  }
  const bool keeps = world_.dice().chance(300);
  const Duration lease = host_.plan().timing.lease_duration;
  keep_until_ = local_.now() + (keeps ? world_.dice().up_to(lease) : Duration::zero());
  limits_ = limits_of(report);
  course_->elected();
  begin();
}

void Owner::renewed(const core::Report& report) {
  limits_ = limits_of(report);
  if (!course_->job_there() || lost_) return;
  guard_->limits = limits_;
  watch_->extend(limits_);
  send({.kind = Kind::kExtend, .limits = limits_});
}

void Owner::stop_work(core::StopReason reason) {
  const JobCourse::Next next = course_->stop_work(reason);
  if (next == JobCourse::Next::kEndJob) {
    const Duration grace = world_.dice().up_to(Duration(host_.plan().timing.lease_duration) * 2);
    end(local_.now() + grace, limits_.gone_by);
  }
  follow(next);
}

void Owner::lose(const core::Report& report) {
  const JobCourse::Next next = course_->lost();
  if (next == JobCourse::Next::kEndJob) {
    const Duration grace = Duration(host_.plan().timing.lease_duration) * 2;
    // A pause that the clock did not count shows only in gone_by.
    const Duration later = world_.plan().work_outlives_hold ? Duration::zero() : dying_;
    const BootTime after =
        core::gone_by_after_loss(report.loss, report.hold_until, report.gone_by - later);
    const BootTime gone_by = std::min(limits_.gone_by, after);
    end(core::kill_after_loss(limits_, gone_by, local_.now() + grace), gone_by);
  }
  follow(next);
}

void Owner::stop_by_signal() {
  const bool first = course_->stop_by_signal(15);
  if (!course_->job_there()) return follow(JobCourse::Next::kNothing);
  if (!first) return end(local_.now(), limits_.gone_by);
  handler_.leave();
}

void Owner::follow(JobCourse::Next next) {
  if (course_->leaving()) handler_.leave();
  switch (next) {
    case JobCourse::Next::kNothing:
    case JobCourse::Next::kEndJob:
      return;
    case JobCourse::Next::kGiveBack:
      return handler_.work_stopped();
    case JobCourse::Next::kAgain:
      return begin();
    case JobCourse::Next::kHold:
      return local_.at(keep_until_, Duration::zero(), host_.in_process(Inbox::kTimers, [this] {
        if (course_->leaving()) return;
        course_->end_hold();
        follow(JobCourse::Next::kNothing);
      }));
  }
}

void Owner::process_died() {
  course_.reset();
  watch_.reset();
  if (guard_ == nullptr) return;
  guard_->hang_up();
  // Processes that a dead guard has left have no supervisor now: they end at their own time.
  if (!guard_->alive()) {
    const Duration lease = host_.plan().timing.lease_duration;
    local_.after(world_.dice().up_to(lease * 2), [guard = guard_] { guard->command().kill(); });
  }
  guard_ = nullptr;
}

void Owner::machine_died() {
  for (GuardProcess* guard : active_) guard->vanish();
  active_.clear();
  guard_ = nullptr;
  course_.reset();
  watch_.reset();
}

// ---- elector's messages to its guard ------------------------------------------------------------

void Owner::begin() {
  if (lost_) return;
  guard_->limits = limits_;
  watch_->begin(limits_);
  send({.kind = Kind::kBegin, .limits = limits_});
  check_gone_by(*guard_);
}

void Owner::end(BootTime kill_by, BootTime gone_by) {
  if (lost_) return;
  const BootTime soonest = local_.now() + kMoment + guard_->command().killing();
  guard_->limits.gone_by = std::min(guard_->limits.gone_by, std::max(gone_by, soonest));
  watch_->end(gone_by);
  send({.kind = Kind::kEnd, .limits = {}, .kill_by = kill_by});
  check_gone_by(*guard_);
}

void Owner::send(GuardCommand command) {
  if (lost_) return;
  command.serial = ++last_serial_;
  if (!guard_->tell(command)) return lose_guard();
  watch_->told(command.serial, local_.now());
  arm();
}

void Owner::receive() {
  if (lost_ || guard_ == nullptr) return;
  while (const auto report = guard_->hear()) {
    if (report->kind == GuardReport::Kind::kAnswer) watch_->answered(report->serial);
    if (report->kind == GuardReport::Kind::kGone) watch_->gone();
    on_report(*report);
    if (lost_) return;
  }
  if (guard_->at_end()) return lose_guard();
  arm();
}

void Owner::on_report(const GuardReport& report) {
  using ReportKind = GuardReport::Kind;
  if (report.kind == ReportKind::kGone) return on_gone();
  if (report.kind != ReportKind::kEnded) return;
  if (report.asked && !course_->signalled()) return;
  course_->ended(0);
}

void Owner::arm() {
  if (lost_) return;
  const auto wake = watch_->next_wake();
  if (!wake || (armed_for_ && *armed_for_ <= *wake)) return;
  armed_for_ = *wake;
  const Duration room = time_after_elector(limits_);
  const Duration late =
      world_.dice().up_to(std::min(world_.plan().lateness, host_.clock().real(room)));
  local_.at(*wake, late, host_.in_process(Inbox::kTimers, [this, at = *wake] { timer(at); }));
}

// On a busy machine the timer is late.
void Owner::timer(BootTime armed_for) {
  if (lost_ || armed_for_ != armed_for) return;
  if (host_.busy() && world_.dice().chance(990)) {
    resumed_ = local_.now();
    return local_.after(host_.clock().real(kMoment / 2),
                        host_.in_process(Inbox::kTimers, [this, armed_for] { timer(armed_for); }));
  }
  armed_for_.reset();
  look();
}

void Owner::look() {
  receive();  // what has arrived by now counts: elector itself may have been stopped
  if (lost_ || guard_ == nullptr) return;
  for (const GuardWatch::Action action : watch_->tick(local_.now())) {
    switch (action) {
      case GuardWatch::Action::kAsk:
        send({.kind = Kind::kSignal, .limits = {}});
        if (lost_) return;
        break;
      case GuardWatch::Action::kKillCommand:
        guard_->command().kill();
        break;
      case GuardWatch::Action::kGiveUp:
        return lose_guard();
    }
  }
  arm();
}

// ---- Without a guard ---------------------------------------------------------------------------

void Owner::lose_guard() {
  if (std::exchange(lost_, true)) return;
  if (world_.log().on()) world_.log().line(host_.name(), "  (its guard is gone or silent)");
  ++world_.tally().lost_guards;
  lost_at_ = local_.now();
  course_->guard_lost();
  follow(JobCourse::Next::kNothing);
  kill_everything();
}

void Owner::kill_everything() {
  guard_->kill();
  guard_->command().kill();
  const auto pause = core::kill_again_after(local_.now() - lost_at_);
  const bool there = guard_->command().there();
  local_.after(there ? pause : Duration::zero(), host_.in_process(Inbox::kTimers, [this, there] {
    if (there) return kill_everything();
    on_gone();
  }));
}

void Owner::on_gone() {
  world_.api().network().disturb(host_.index());  // it may stand from now on
  const bool holds = host_.claims();
  follow(course_->gone(holds, local_.now() >= keep_until_));
}

// ---- Faults ------------------------------------------------------------------------------------

void Owner::stop_guard() {
  if (guard_ != nullptr) guard_->stop();
}

void Owner::continue_guard() {
  for (const auto& guard : all_) guard->go_on();
}

void Owner::kill_guard() {
  if (guard_ != nullptr) guard_->kill();
}

void Owner::freeze() {
  for (GuardProcess* guard : active_) {
    guard->stop();
    guard->command().freeze();
  }
}

void Owner::unfreeze() {
  for (const auto& guard : all_) {
    guard->command().thaw();
    guard->go_on();
  }
}

// ---- For the checks ----------------------------------------------------------------------------

bool Owner::runs() const {
  bool over = false;
  bool runs = false;
  for (const GuardProcess* guard : active_) {
    runs |= guard->command().works();
    over |= guard != guard_ && !guard->command().there();
  }
  if (over) {
    std::erase_if(active_, [this](const GuardProcess* guard) {
      return guard != guard_ && !guard->command().there();
    });
  }
  return runs;
}

bool Owner::several() const {
  return std::count_if(active_.begin(), active_.end(),
                       [](const GuardProcess* guard) { return guard->command().works(); }) > 1;
}

bool Owner::able(const GuardProcess& guard) const {
  const Duration moment = kMoment + guard.command().killing();
  if (guard.able(moment)) return true;
  return &guard == guard_ && guard.command().killing() <= time_after_elector(limits_) &&
         host_.running() && !host_.busy() &&
         local_.now() >= std::max(resumed_, guard.died_at()) + moment;
}

bool Owner::unguarded() const {
  return std::any_of(active_.begin(), active_.end(), [this](const GuardProcess* guard) {
    return guard->command().works() && !able(*guard);
  });
}

// No process of a term is left at K, unless neither elector nor the guard was able to see to it.
void Owner::check_gone_by(GuardProcess& guard) {
  if (std::find(checked_.begin(), checked_.end(), &guard) != checked_.end()) return;
  checked_.push_back(&guard);
  gone_by_is_over(guard);
}

void Owner::gone_by_is_over(GuardProcess& guard) {
  const BootTime now = local_.now();
  BootTime again = guard.limits.gone_by;
  if (now >= again) {
    if (!guard.command().there()) {
      std::erase(checked_, &guard);
      return;
    }
    if (guard.command().works() && able(guard)) {
      world_.fail("2", "the command of " + std::string(host_.name()) + " outlives its term");
    }
    again = now + kMoment * 2;
  }
  local_.at(again, kRounding, [this, &guard] { gone_by_is_over(guard); });
}

}  // namespace elector::tests
