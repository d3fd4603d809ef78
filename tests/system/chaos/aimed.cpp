// SPDX-License-Identifier: Apache-2.0
// Faults that wait for their moment instead of coming at a time of the plan's.
#include <csignal>
#include <stdexcept>

#include "tests/system/chaos/arena.h"

namespace elector::tests::chaos {
namespace {

// Each way. When it gets the lock handed over, a candidate has a retry period to take it, which
// begins when it learns of that.
constexpr Milliseconds kWay{120};
constexpr Span kPatience = std::chrono::milliseconds(2500);

}  // namespace

// The candidate to stop mid-write: the leader now and then, mostly another one that is free.
int Arena::writer(int number, std::uint64_t dice) const {
  if (number == leader() && dice % 4 != 0) ++number;
  for (int tried = 0; tried < candidates_; ++tried, ++number) {
    if (is_free(number % candidates_)) break;
  }
  return number % candidates_;
}

// Stopped when its write is in the lock and the answer still on the way, and going on when that
// write proves nothing any more: mostly the write that takes the lock, after a hand-over to it.
bool Arena::stop_mid_write(State& state, int number, const Planned& planned) {
  if (!server_answers() || !is_free(number)) return false;
  Contestant& one = *state.contestant;
  const std::string before = last_renewal(one.setup().name);
  state.process_free = state.way_free = kNever;
  const std::size_t disturbance = disturb(planned, number, Span(0), true);
  disturbances_[disturbance].end = kNever;
  one.relay().set({.kind = Passage::Kind::kDelay, .delay = kWay});
  if (number != leader()) resign(one.setup().name, false);
  const auto end = [this, &state, disturbance] {
    state.contestant->relay().restore();
    state.process_free = BootClock::now() + kApart;
    state.way_free = BootClock::now() + kWay;
    disturbances_[disturbance].end = state.process_free;
  };
  // Often no other candidate has taken over by then, and it continues its own term.
  const Span rest = Span(one.setup().ttl) - one.renew_deadline();
  const Span stop =
      one.renew_deadline() + (planned.dice / 8 % 2 == 0
                                  ? planned.length
                                  : rest * static_cast<Span::rep>(planned.dice % 70) / 100);
  hunts_.emplace_back([this, &one, end, before, stop, until = BootClock::now() + kPatience] {
    if (healing_ || BootClock::now() > until || !one.alive()) {
      end();
      return true;
    }
    const std::string renewal = last_renewal(one.setup().name);
    if (renewal.empty() || renewal == before) return false;
    one.signal(SIGSTOP);
    later(stop, [&one, end] {
      one.signal(SIGCONT);
      end();
      return true;
    });
    return true;
  });
  return true;
}

bool Arena::is_free(int number) const {
  const Instant now = BootClock::now();
  const State& state = states_.at(static_cast<std::size_t>(number));
  return state.contestant->alive() && now >= state.process_free && now >= state.way_free;
}

// When that holder was last renewed, according to its record; "" if it does not hold.
std::string Arena::last_renewal(const std::string& holder) const {
  if (!server_answers()) return "";
  try {
    const auto record = cluster_.api().record(object_->primary());
    return record && record->holder == holder ? record->renew_time : "";
  } catch (const std::runtime_error&) {
    return "";  // corrupted, or the server refuses
  }
}

}  // namespace elector::tests::chaos
