// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/sim/host.h"

#include <string>
#include <utility>

#include "tests/protocol/sim/world.h"

namespace elector::tests {

Host::Host(World& world, std::size_t index)
    : world_(world),
      schedule_(world.schedule()),
      index_(index),
      plan_(world.plan().hosts.at(index)),
      clock_(plan_.rate_ppm, plan_.boot, plan_.wall_lead, plan_.wall_step),
      lateness_(world.plan().lateness) {}

bool Host::busy() const {
  return lateness_ > world_.plan().lateness;
}

void Host::boot() {
  if (alive_) return;
  alive_ = true;
  paused_ = false;
  ++life_;
  world_.api().network().disturb(index_);
  if (world_.log().on()) world_.log().line(name(), "starts");
  on_boot();
}

void Host::crash() {
  if (!alive_) return;
  if (world_.log().on()) world_.log().line(name(), "dies");
  alive_ = false;
  paused_ = false;
  ++life_;
  for (auto& inbox : inboxes_) inbox.clear();
  on_crash();
}

void Host::pause() {
  if (!running()) return;
  if (world_.log().on()) world_.log().line(name(), "is stopped");
  paused_ = true;
}

void Host::resume() {
  if (!alive_ || !paused_) return;
  if (world_.log().on()) world_.log().line(name(), "goes on");
  paused_ = false;
  world_.api().network().disturb(index_);
  on_resume();
  empty_inboxes();
}

void Host::freeze() {
  if (frozen()) return;
  if (world_.log().on()) world_.log().line(name(), "its machine is paused");
  frozen_at_ = world_.schedule().now();
  clock_.freeze(frozen_at_);
}

void Host::thaw() {
  if (!frozen()) return;
  if (world_.log().on()) world_.log().line(name(), "its machine goes on");
  clock_.thaw(world_.schedule().now());
  world_.api().network().disturb(index_);
  on_thaw(world_.schedule().now() - frozen_at_);
  if (!paused_) empty_inboxes();
}

void Host::step_wall(core::Duration by) {
  if (world_.log().on()) world_.log().line(name(), "its wall clock steps " + seconds_text(by));
  clock_.step_wall(by);
  on_wall_step(by);
  world_.api().network().disturb(index_);
}

void Host::change_rate(std::int64_t rate_ppm) {
  if (frozen()) return;
  if (world_.log().on()) world_.log().line(name(), "its clock runs at " + std::to_string(rate_ppm));
  clock_.set_rate(world_.schedule().now(), rate_ppm);
  world_.api().network().disturb(index_);
  on_rate_change();
}

// Handles one inbox after the other in any order, as an event loop finds its descriptors ready.
void Host::empty_inboxes() {
  const std::uint64_t first = world_.dice().below(inboxes_.size());
  for (std::size_t i = 0; i < inboxes_.size(); ++i) {
    auto& inbox = inboxes_.at((first + i) % inboxes_.size());
    while (!inbox.empty() && running()) {
      const Action what = std::move(inbox.front());
      inbox.pop_front();
      what();
    }
  }
}

void Host::handle(std::uint64_t life, Inbox kind, Action what) {
  if (!alive_ || life != life_) return;
  if (running()) {
    what();
  } else {
    inboxes_.at(static_cast<std::size_t>(kind)).push_back(std::move(what));
  }
}

Host::Action Host::in_process(Inbox kind, Action what) {
  return [this, kind, life = life_, what = std::move(what)] { handle(life, kind, what); };
}

void Host::at_local(core::BootTime when, Action what) {
  world_.schedule().at(clock_.when(when) + world_.dice().up_to(lateness_), std::move(what));
}

}  // namespace elector::tests
