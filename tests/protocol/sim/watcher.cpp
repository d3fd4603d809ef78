// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/sim/watcher.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "tests/protocol/sim/host.h"
#include "tests/protocol/sim/world.h"

namespace elector::tests {

using std::chrono::milliseconds;
using Inbox = Host::Inbox;

Watcher::Watcher(World& world, Host& host, std::size_t object, Handler handler)
    : world_(world), host_(host), object_(object), handler_(std::move(handler)) {}

Watcher::~Watcher() {
  if (watch_) world_.api().close_watch(*watch_);
}

void Watcher::connect() {
  const auto delay = world_.api().network().up(host_.index());
  if (!delay) return retry();
  world_.schedule().after(*delay * 2, host_.in_process(Inbox::kEvents, [this] {
    if (watch_) return;
    const Link& link = world_.api().network().link(host_.index());
    if (world_.api().mood() != Mood::kUp || link.up_cut || link.down_cut) return retry();
    open();
  }));
}

void Watcher::open() {
  const std::size_t events = world_.api().model().history(object_).size();
  std::size_t from = next_;
  bool gap = false;
  const std::uint64_t how = world_.dice().below(10);
  if (!opened_before_ || how < 2) {
    gap = opened_before_;
    from = begin_fresh();
  } else if (how < 5) {
    from -= std::min<std::size_t>(from, world_.dice().below(6));  // events come twice
  }
  if (gap) world_.api().network().disturb(host_.index());
  opened_before_ = true;
  next_ = std::min(from, events);
  watch_ = world_.api().open_watch(
      host_.index(), object_, next_,
      [this, life = host_.life()](const core::Observation& seen) {
        ++next_;
        host_.handle(life, Inbox::kEvents, [this, &seen] { handler_.on_event(seen); });
      },
      host_.in_process(Inbox::kEvents, [this] { closed(); }));
  established_ = true;
  handler_.on_established(true);
  if (gap) handler_.on_gap();
}

// Without a version the API shows the present object, or the state that a server that lags behind
// has; if there is none, it shows nothing.
std::size_t Watcher::begin_fresh() {
  const auto& history = world_.api().model().history(object_);
  std::size_t from = history.size();
  if (from > 0 && world_.dice().chance(200)) {
    from -= std::min<std::size_t>(from - 1, world_.dice().below(4));
  }
  const bool there = from > 0 && history.at(from - 1).content != core::Content::kAbsent;
  return there ? from - 1 : from;
}

void Watcher::closed() {
  watch_.reset();
  if (!established_) return;
  established_ = false;
  world_.api().network().disturb(host_.index());
  handler_.on_established(false);
  retry();
}

void Watcher::give_up() {
  if (!watch_) return;
  world_.api().close_watch(*watch_);
  closed();
}

void Watcher::retry() {
  const core::Duration pause =
      world_.dice().between(milliseconds(20), core::Duration(host_.plan().timing.retry_period));
  world_.schedule().after(pause, host_.in_process(Inbox::kTimers, [this] {
    if (!watch_) connect();
  }));
}

}  // namespace elector::tests
