// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/sim/guard_process.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "tests/protocol/sim/host.h"
#include "tests/protocol/sim/world.h"

namespace elector::tests {

using cmd::GuardCommand;
using cmd::GuardReport;
using core::Duration;
using core::Guard;
using std::chrono::milliseconds;

namespace {

// A process whose descriptor is readable, or whose timer is due, runs after this at the latest.
constexpr Duration kLatency = milliseconds(1);
constexpr Duration kTryReports = milliseconds(20);

Duration draw_grace(World& world, const Host& host) {
  const Duration lease = host.plan().timing.lease_duration;
  return world.dice().chance(300) ? lease * 2 : lease / 8;
}

// Draws how long killing takes: at most what the guard leaves for it, or what elector does if it
// must kill. (After a second the guard reports that something is stuck.)
Duration draw_killing(World& world, const core::TermLimits& limits) {
  const Duration room =
      world.dice().chance(500) ? time_for_dying(limits) : time_after_elector(limits);
  return std::min<Duration>(room, milliseconds(900));
}

std::size_t draw_room(World& world) {
  return world.dice().chance(200) ? 3 : 64;
}

}  // namespace

GuardProcess::GuardProcess(World& world, const Host& host, Local& local,
                           std::function<void()> on_report)
    : world_(world),
      host_(host),
      local_(local),
      on_report_(std::move(on_report)),
      commands_(draw_room(world)),
      reports_(draw_room(world)),
      guard_(draw_grace(world, host)),
      command_(world, host, local,
               {.on_exec =
                    [this] {
                      if (local_.now() < limits.hold_until) return;
                      world_.fail("2", "a command starts on " + std::string(host_.name()) +
                                           " after the hold");
                    },
                .on_child = [this] { wake_soon(); }}) {}

// ---- elector's end of the socket ---------------------------------------------------------------

bool GuardProcess::tell(const GuardCommand& command) {
  if (!alive_ || !commands_.send(command)) return false;
  wake_soon();
  return true;
}

void GuardProcess::hang_up() {
  if (std::exchange(orphaned_, true)) return;
  wake_soon();
}

// ---- What happens to it ------------------------------------------------------------------------

void GuardProcess::stop() {
  stopped_ = true;
}

void GuardProcess::go_on() {
  if (!std::exchange(stopped_, false)) return;
  went_on_ = local_.now();
  wake_soon();
}

void GuardProcess::kill() {
  if (!std::exchange(alive_, false)) return;
  died_at_ = local_.now();
  command_.guard_died();
  if (!orphaned_) on_report_();
}

void GuardProcess::vanish() {
  alive_ = false;
  orphaned_ = true;
  command_.vanish();
}

bool GuardProcess::able(Duration for_how_long) const {
  return alive_ && !stopped_ && local_.now() >= went_on_ + for_how_long;
}

// ---- Its loop ----------------------------------------------------------------------------------

void GuardProcess::wake_soon() {
  if (!alive_ || std::exchange(waking_, true)) return;
  local_.after(world_.dice().up_to(kLatency), [this] {
    waking_ = false;
    wake();
  });
}

void GuardProcess::wake() {
  if (!alive_ || stopped_) return;  // go_on() catches up
  note_exec_result();
  send_reports();
  // An extension counts if it is read before the end of the hold; so commands are read first.
  drain();
  reap();
  guard_.tick(local_.now());
  act();
  if (orphaned_ && end_seen_ && !guard_.busy()) {
    alive_ = false;
    return;
  }
  arm();
}

void GuardProcess::note_exec_result() {
  if (!exec_open_ || (command_.child() && !command_.executed())) return;
  exec_open_ = false;
  if (command_.executed()) return report({.kind = GuardReport::Kind::kStarted});
  report({.kind = GuardReport::Kind::kNotStarted, .value = ETIME, .forked = true});
  guard_.not_started();
}

void GuardProcess::drain() {
  while (const auto command = commands_.receive()) carry_out(*command);
  if (!orphaned_ || std::exchange(end_seen_, true)) return;
  unsent_.clear();
  guard_.orphaned(local_.now());
}

void GuardProcess::carry_out(const GuardCommand& command) {
  const core::BootTime now = local_.now();
  switch (command.kind) {
    case GuardCommand::Kind::kBegin:
      asked_ = false;
      guard_.begin(command.limits, now);
      break;
    case GuardCommand::Kind::kExtend:
      guard_.extend(command.limits, now);
      break;
    case GuardCommand::Kind::kEnd:
      guard_.end(command.kill_by, now);
      break;
    case GuardCommand::Kind::kSignal:
      break;
  }
  report({.kind = GuardReport::Kind::kAnswer, .serial = command.serial});
  act();
}

void GuardProcess::reap() {
  if (child_known_ && !command_.child()) {
    child_known_ = false;
    note_exec_result();
    if (command_.executed()) report({.kind = GuardReport::Kind::kEnded, .asked = asked_});
    guard_.child_ended(local_.now());
    act();
  }
  if (!command_.there() && guard_.busy()) guard_.tree_gone();
}

void GuardProcess::act() {
  for (const Guard::Action action : guard_.take_actions()) {
    switch (action) {
      case Guard::Action::kStart:
        start();
        break;
      case Guard::Action::kAskToStop:
        asked_ = true;
        command_.ask_child();
        break;
      case Guard::Action::kAskTheRest:
        command_.ask_rest();
        break;
      case Guard::Action::kKillAll:
        command_.kill();
        break;
      case Guard::Action::kStuck:
        if (!command_.there()) break;  // it was stopped, and has not reaped yet
        world_.fail("2", "something on " + std::string(host_.name()) + " cannot be killed");
        break;
      case Guard::Action::kGone:
        if (world_.log().on()) world_.log().line(host_.name(), "  (its work is gone)");
        report({.kind = GuardReport::Kind::kGone});
        break;
    }
  }
}

// The child checks the clock with what the guard knew when it forked.
void GuardProcess::start() {
  child_known_ = exec_open_ = true;
  const bool many = world_.dice().chance(200);
  command_.start([this, at_fork = guard_] { return at_fork.may_run(local_.now()); },
                 many ? draw_killing(world_, limits) : Duration::zero());
  guard_.started();
}

// A report that does not fit, because elector is stopped, is sent when it does.
void GuardProcess::report(const GuardReport& what) {
  if (orphaned_) return;
  unsent_.push_back(what);
  if (unsent_.size() == 1) send_reports();
}

void GuardProcess::send_reports() {
  bool sent = false;
  while (!unsent_.empty() && reports_.send(unsent_.front())) {
    unsent_.pop_front();
    sent = true;
  }
  if (sent) on_report_();
  if (unsent_.empty()) return;
  local_.after(kTryReports, [this] { wake_soon(); });
}

void GuardProcess::arm() {
  const auto next = guard_.next_wake();
  if (next && *next <= local_.now()) {
    return world_.fail("wake", "a guard asks to be woken in the past");
  }
  if (!next || (armed_for_ && *armed_for_ <= *next)) return;
  armed_for_ = *next;
  local_.at(*next, Duration::zero(), [this, at = *next] {
    if (armed_for_ != at) return;  // an earlier timer was armed since
    armed_for_.reset();
    const auto due = guard_.next_wake();
    if (due && *due > local_.now()) {
      arm();
    } else {
      wake();
    }
  });
}

}  // namespace elector::tests
