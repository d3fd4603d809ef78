// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/sim/faults.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "tests/protocol/sim/asker.h"
#include "tests/protocol/sim/candidate.h"
#include "tests/protocol/sim/rival.h"
#include "tests/protocol/sim/world.h"

namespace elector::tests {
namespace {

using core::Duration;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

Mood mood_of(Fault fault) {
  switch (fault) {
    case Fault::kApiDown:
      return Mood::kDown;
    case Fault::kApiFrozen:
      return Mood::kFrozen;
    case Fault::kForbidden:
      return Mood::kForbidden;
    case Fault::kThrottled:
      return Mood::kThrottled;
    case Fault::kFailing:
      return Mood::kFailing;
    default:
      return Mood::kReadOnly;
  }
}

}  // namespace

void Faults::start() {
  next();
  if (world_.plan().edit_every > Duration::zero()) edit_now_and_then();
  if (world_.plan().enabled(Fault::kRestore)) back_up_now_and_then();
}

void Faults::next() {
  world_.schedule().after(world_.dice().up_to(world_.plan().fault_every * 2), [this] {
    const Plan& plan = world_.plan();
    if (plan.two_kinds && world_.schedule().now() > plan.quiet_from) return;
    const auto first = static_cast<std::size_t>(world_.dice().below(kFaults));
    for (std::size_t i = 0; i < kFaults; ++i) {
      const auto fault = static_cast<Fault>((first + i) % kFaults);
      if (!world_.plan().enabled(fault)) continue;
      inject(fault);
      break;
    }
    next();
  });
}

void Faults::inject(Fault fault) {
  Host& host = victim();
  const bool done = inject_in_process(fault, host) || inject_on_the_way(fault, host) ||
                    inject_at_the_server(fault) || strip(fault) || ask(fault) || restore(fault) ||
                    tamper(fault);
  if (done) ++world_.tally().faults.at(static_cast<std::size_t>(fault));
}

// ---- Processes and machines -------------------------------------------------------------------

bool Faults::inject_in_process(Fault fault, Host& host) {
  if (!host.running()) return false;
  switch (fault) {
    case Fault::kCrash:
    case Fault::kStop:
    case Fault::kResign:
      end_process(fault, host);
      return true;
    case Fault::kPause:
      pause(host);
      return true;
    case Fault::kMachinePause:
      pause_machine(host);
      return true;
    case Fault::kGuardStop:
    case Fault::kGuardKill:
    case Fault::kFreezeAll:
      return inject_in_guard(fault, host);
    case Fault::kWallStep:
      step_wall(host);
      return true;
    case Fault::kRate:
      host.change_rate(draw_rate(host.plan(), world_.dice()));
      return true;
    case Fault::kBusy:
      if (host.busy()) return false;
      make_busy(host);
      return true;
    default:
      return false;
  }
}

// A timer that was last set while it was busy may be just as late.
void Faults::make_busy(Host& host) {
  const Duration lateness = length() / 2;
  host.set_busy(lateness);
  world_.schedule().after(length(), [this, &host, lateness] {
    host.set_busy(world_.plan().lateness);
    world_.api().network().disturb(host.index(), lateness);
  });
}

void Faults::end_process(Fault fault, Host& host) {
  const bool soon = world_.dice().chance(500);
  const Duration away = soon ? world_.dice().up_to(milliseconds(500)) : length();
  auto* candidate = dynamic_cast<Candidate*>(&host);
  if (auto* asker = dynamic_cast<Asker*>(&host))
    return fault == Fault::kCrash ? asker->crash() : asker->interrupt();
  if (dynamic_cast<Observer*>(&host) != nullptr) {
    host.crash();
    return world_.schedule().after(away, [&host] { host.boot(); });
  }
  if (fault == Fault::kCrash) {
    if (candidate != nullptr && world_.dice().chance(250)) {
      candidate->machine_dies();
    } else {
      host.crash();
    }
    world_.schedule().after(away, [&host] { host.boot(); });
  } else if (candidate == nullptr) {
    dynamic_cast<Rival&>(host).leave(away);
  } else if (fault == Fault::kStop) {
    candidate->leave(away);
  } else {
    candidate->be_unfit(away);
  }
}

void Faults::pause(Host& host) {
  host.pause();
  world_.schedule().after(length(), [&host] { host.resume(); });
}

bool Faults::inject_in_guard(Fault fault, Host& host) {
  auto* candidate = dynamic_cast<Candidate*>(&host);
  if (candidate == nullptr) return false;
  if (world_.log().on()) world_.log().line(host.name(), std::string(name_of(fault)));
  if (fault == Fault::kGuardKill) {
    candidate->owner().kill_guard();
  } else if (fault == Fault::kGuardStop) {
    candidate->owner().stop_guard();
    world_.schedule().after(length(), [candidate] { candidate->owner().continue_guard(); });
  } else {
    candidate->freeze();
    world_.schedule().after(length(), [candidate] { candidate->unfreeze(); });
  }
  return true;
}

void Faults::pause_machine(Host& host) {
  const Duration lost = length();
  host.freeze();
  world_.schedule().after(lost, [this, &host, lost] {
    host.thaw();
    if (world_.dice().chance(200)) return;
    const Duration late = world_.dice().up_to(seconds(2));
    world_.schedule().after(late, [&host, lost] {
      if (!host.frozen()) host.step_wall(lost);  // it may have been paused again
    });
  });
}

void Faults::step_wall(Host& host) {
  static constexpr std::array<Duration, 4> kMost = {hours(3), seconds(4), seconds(2), seconds(2)};
  const Duration by = world_.dice().up_to(kMost.at(world_.dice().below(kMost.size())));
  host.step_wall(world_.dice().chance(650) ? -by : by);
}

// ---- The network -------------------------------------------------------------------------------

bool Faults::inject_on_the_way(Fault fault, Host& host) {
  auto* candidate = dynamic_cast<Candidate*>(&host);
  switch (fault) {
    case Fault::kPartition:
      cut(host);
      return true;
    case Fault::kSlow:
    case Fault::kLossy:
    case Fault::kStaleReads:
    case Fault::kRepeat:
      impair(fault, host);
      return true;
    case Fault::kWatchBreak:
      world_.api().end_watches(host.index());
      return true;
    case Fault::kWatchStall:
      if (host.plan().rival()) return false;
      world_.api().network().disturb(host.index());
      world_.api().stall_watches(host.index(), true);
      world_.schedule().after(length(), [this, &host, candidate] {
        world_.api().network().disturb(host.index());
        if (candidate != nullptr && world_.dice().chance(500)) candidate->lose_watches();
        world_.api().stall_watches(host.index(), false);
      });
      return true;
    default:
      return false;
  }
}

void Faults::cut(Host& host) {
  Link& link = world_.api().network().link(host.index());
  if (link.up_cut || link.down_cut) return;
  const std::uint64_t how = world_.dice().below(4);
  link.up_cut = how != 0;
  link.down_cut = how != 1;
  if (world_.log().on()) {
    world_.log().line(host.name(), std::string("is cut off") + (link.up_cut ? " upwards" : "") +
                                       (link.down_cut ? " downwards" : ""));
  }
  auto* candidate = dynamic_cast<Candidate*>(&host);
  if (candidate != nullptr) {
    world_.schedule().after(length(), [candidate] { candidate->suspect_watches(); });
  }
  world_.schedule().after(length(), [this, &host, &link] {
    link.up_cut = link.down_cut = false;
    world_.api().network().disturb(host.index());
    world_.api().heal(host.index());
    if (world_.log().on()) world_.log().line(host.name(), "is connected again");
  });
}

void Faults::impair(Fault fault, Host& host) {
  Link& link = world_.api().network().link(host.index());
  if (fault == Fault::kSlow) {
    link.slowness = world_.dice().chance(500) ? length() : Duration(seconds(1));
  } else if (fault == Fault::kLossy) {
    link.loss_permille = 50 + world_.dice().below(600);
  } else if (fault == Fault::kStaleReads) {
    link.stale_permille = 100 + world_.dice().below(600);
  } else {
    link.repeat_permille = 50 + world_.dice().below(600);
  }
  world_.schedule().after(length(), [this, &host, &link] {
    // A network that gets slow and then goes away: the last message is a late answer.
    if (link.slowness > Duration::zero() && world_.dice().chance(400)) cut(host);
    world_.api().network().disturb(host.index(), link.slowness);  // what is still on its way
    link.slowness = {};
    link.loss_permille = 0;
    link.stale_permille = 0;
    link.repeat_permille = 0;
  });
}

// ---- The server -------------------------------------------------------------------------------

bool Faults::inject_at_the_server(Fault fault) {
  if (fault < Fault::kApiDown || fault > Fault::kReadOnly) return false;
  if (world_.api().mood() != Mood::kUp) return false;
  if (world_.log().on()) world_.log().line("api", "is " + std::string(name_of(fault)));
  world_.api().set_mood(mood_of(fault), world_.dice().up_to(seconds(1)));
  world_.schedule().after(length(), [this] {
    if (world_.log().on()) world_.log().line("api", "is well again");
    // It may come back as another process, which does not know the requests it got before.
    if (world_.dice().chance(200)) world_.api().set_mood(Mood::kDown);
    world_.api().set_mood(Mood::kUp);
  });
  return true;
}

void Faults::edit_now_and_then() {
  world_.schedule().after(world_.dice().up_to(world_.plan().edit_every * 2), [this] {
    ++world_.tally().faults.at(static_cast<std::size_t>(Fault::kEdit));
    edit(any_object());
    edit_now_and_then();
  });
}

void Faults::edit(std::size_t object) {
  if (world_.log().on()) world_.log().line("someone", "edits other fields");
  const std::string text = "edit " + std::to_string(++edits_);
  world_.api().change(object, [&](ApiModel& model) { model.edit(object, text); });
}

void Faults::before_write(std::size_t object) {
  if (!world_.plan().enabled(Fault::kEdit) || !world_.dice().chance(50)) return;
  ++world_.tally().faults.at(static_cast<std::size_t>(Fault::kEdit));
  world_.api().network().disturb_all();
  edit(object);
}

bool Faults::strip(Fault fault) {
  if (fault != Fault::kStrip || world_.api().mood() != Mood::kUp) return false;
  const std::size_t object = any_object();
  const std::uint64_t what = world_.dice().below(3);
  if (world_.log().on()) world_.log().line("someone", "removes annotations");
  world_.api().network().disturb_all();
  world_.api().change(object, [&](ApiModel& model) { model.strip(object, what != 0, what != 1); });
  return true;
}

bool Faults::ask(Fault fault) {
  return fault == Fault::kAsk && ask_somebody(false);
}

// `elector resign`, on a host where it is not running yet.
bool Faults::ask_somebody(bool force) {
  Dice& dice = world_.dice();
  const auto& hosts = world_.plan().hosts;
  const auto any_name = [&] {
    const auto candidates = std::count_if(hosts.begin(), hosts.end(),
                                          [](const HostPlan& host) { return host.candidate(); });
    return hosts.at(static_cast<std::size_t>(dice.below(static_cast<std::uint64_t>(candidates))))
        .identity;
  };
  for (Asker* asker : world_.askers()) {
    if (!asker->idle() || asker->frozen()) continue;
    core::ResignWish wish{.force = force, .wait = dice.chance(400), .id = dice.hex()};
    if (dice.chance(700)) wish.to = dice.chance(200) ? "nobody we know" : any_name();
    if (dice.chance(150)) wish.only = any_name();
    std::optional<Duration> limit;
    if (wish.wait) limit = dice.up_to(world_.plan().longest_lease() * 4);
    asker->ask(std::move(wish), limit);
    return true;
  }
  return false;
}

// ---- The store --------------------------------------------------------------------------------

void Faults::back_up_now_and_then() {
  world_.schedule().after(world_.dice().up_to(world_.plan().longest_lease() * 2), [this] {
    backups_.push_back(world_.api().model().backup());
    if (backups_.size() > 4) backups_.pop_front();
    back_up_now_and_then();
  });
}

// The cause that takes the store down and back up may also cut a host off from it.
bool Faults::restore(Fault fault) {
  if (fault != Fault::kRestore || world_.api().mood() != Mood::kUp || backups_.empty())
    return false;
  if (world_.log().on()) world_.log().line("someone", "restores the store");
  const auto& backup = backups_.at(static_cast<std::size_t>(world_.dice().below(backups_.size())));
  world_.checks().restored();
  world_.api().restore(backup, world_.plan().versions == Versions::kReuse);
  for (const auto& host : world_.hosts()) {
    world_.api().network().disturb(host->index(), world_.plan().longest_lease() * 2);
    if (world_.dice().chance(host->claims() ? 500 : 100)) cut(*host);
  }
  return true;
}

// ---- The record -------------------------------------------------------------------------------

bool Faults::tamper(Fault fault) {
  if (fault < Fault::kRemove || fault > Fault::kForce || world_.api().mood() != Mood::kUp)
    return false;
  const std::size_t object = any_object();
  if (!tamper_with(fault, object)) return false;
  if (world_.dice().chance(300)) {  // a client that does that may repeat it
    const bool at_once = world_.dice().chance(500);
    const Duration later = at_once ? world_.plan().delay_most * 2 : Duration(seconds(1));
    world_.schedule().after(world_.dice().up_to(later), [this, object] {
      if (world_.api().mood() == Mood::kUp) tamper_with(another_tampering(), object);
    });
  }
  return true;
}

Fault Faults::another_tampering() {
  if (world_.plan().tampering == Tampering::kUsurp) {
    return world_.dice().chance(500) ? Fault::kUsurp : Fault::kForce;
  }
  return static_cast<Fault>(static_cast<std::uint64_t>(Fault::kRemove) + world_.dice().below(3));
}

bool Faults::tamper_with(Fault fault, std::size_t object) {
  if (fault == Fault::kForce) return ask_somebody(true);
  const Claims claims = world_.dice().chance(500) ? Claims::kCarried : Claims::kRemoved;
  if (world_.log().on()) world_.log().line("someone", "tampers: " + std::string(name_of(fault)));
  world_.api().network().disturb_all();
  world_.api().change(object, [&](ApiModel& model) {
    core::Record record = model.get(object).record;
    switch (fault) {
      case Fault::kRemove:
        return model.remove(object);
      case Fault::kEmpty:
        if (world_.dice().chance(500) || !model.exists(object)) return model.empty(object, claims);
        record.holder.clear();  // as with kubectl edit
        return model.set_record(object, record, Claims::kCarried);
      case Fault::kGarble:
        return model.garble(object, "nonsense " + std::to_string(++edits_), claims);
      default:  // kUsurp
        record.holder = kUsurper;
        record.lease_duration = seconds(world_.dice().below(8));
        return model.set_record(object, record, claims);
    }
  });
  return true;
}

// ---- Draws ------------------------------------------------------------------------------------

Host& Faults::victim() {
  const auto& hosts = world_.hosts();
  if (world_.dice().chance(600)) {
    for (const auto& host : hosts) {
      if (host->claims()) return *host;
    }
  }
  return *hosts.at(static_cast<std::size_t>(world_.dice().below(hosts.size())));
}

std::size_t Faults::any_object() {
  return static_cast<std::size_t>(world_.dice().below(world_.plan().precisions.size()));
}

// Most faults end before a lease does, some last longer than one.
Duration Faults::length() {
  const Duration lease = world_.plan().longest_lease();
  return world_.dice().up_to(world_.dice().chance(700) ? lease : lease * 2);
}

}  // namespace elector::tests
