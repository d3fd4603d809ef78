// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/sim/observer.h"

#include <chrono>
#include <utility>

#include "tests/protocol/sim/world.h"

namespace elector::tests {
namespace {

using core::Answer;
using core::BootTime;
using core::Observation;
using core::Outcome;
using core::Source;
using std::chrono::seconds;

constexpr core::Duration kTimeout = seconds(10);
constexpr core::Duration kRetryPeriod = seconds(2);
constexpr core::Duration kUnwatchedLimit = seconds(10);

}  // namespace

void Observer::on_boot() {
  client_ = std::make_unique<Client>(world_, *this);
  feeds_.clear();
  feeds_.resize(plan().objects.size());
  watcher_.emplace(plan().objects.size());
  clock_of_server_.reset();
  armed_for_.reset();
  checking_ = false;
  check_.begins();
  for (std::size_t lock = 0; lock < feeds_.size(); ++lock) read(lock);
}

void Observer::on_crash() {
  feeds_.clear();
  client_.reset();
}

// ---- Reading and watching ---------------------------------------------------------------------

void Observer::read(std::size_t lock) {
  Feed& feed = feeds_.at(lock);
  if (std::exchange(feed.reading, true)) return;
  ++feed.poll;
  client_->get(plan().objects.at(lock), kTimeout, BootTime{}, [this, lock](const Answer& answer) {
    Feed& read = feeds_.at(lock);
    read.reading = false;
    if (answer.outcome == Outcome::kOk || answer.outcome == Outcome::kNotFound) {
      take_clock();
      observe(lock, answer.object, Source::kRead);
      const bool first = !std::exchange(read.synced, true);
      if (first && plan().may_watch) watch(lock);
      if (!read.established) {
        read_again_in(lock, first && plan().may_watch ? kUnwatchedLimit : kRetryPeriod);
      }
    } else {
      read_again_in(lock, kRetryPeriod);
    }
  });
}

void Observer::read_again_in(std::size_t lock, core::Duration pause) {
  client_->at(local().boot + pause, [this, lock, poll = ++feeds_.at(lock).poll] {
    if (poll == feeds_.at(lock).poll) read(lock);
  });
}

void Observer::watch(std::size_t lock) {
  feeds_.at(lock).watcher = std::make_unique<Watcher>(
      world_, *this, plan().objects.at(lock),
      Watcher::Handler{
          .on_event = [this, lock](const Observation& seen) { event(lock, seen); },
          .on_established = [this, lock](bool established) { on_established(lock, established); },
          .on_gap = [this, lock] { read(lock); }});
  feeds_.at(lock).watcher->start();
}

void Observer::on_established(std::size_t lock, bool established) {
  feeds_.at(lock).established = established;
  if (established) {
    ++feeds_.at(lock).poll;
  } else {
    read_again_in(lock, kUnwatchedLimit);
  }
}

void Observer::event(std::size_t lock, const Observation& seen) {
  Observation shown = seen;
  const bool gone = seen.content == core::Content::kAbsent;
  if (gone && !plan().deletions_have_versions) shown.version.clear();
  observe(lock, shown, Source::kEvent);
}

void Observer::take_clock() {
  clock_of_server_ = ServerClock{.wall = world_.server_clock(), .boot = local().boot};
}

std::optional<core::WallTime> Observer::server_now() const {
  if (!clock_of_server_) return std::nullopt;
  return clock_of_server_->wall + std::chrono::duration_cast<core::WallTime::duration>(
                                      local().boot - clock_of_server_->boot);
}

// ---- The leader --------------------------------------------------------------------------------

void Observer::observe(std::size_t lock, const Observation& seen, Source source) {
  if (world_.log().on()) {
    world_.log().line(name(), (source == Source::kEvent ? "  event on lock " : "  reads lock ") +
                                  std::to_string(plan().objects.at(lock)) + ": " + describe(seen));
  }
  check_.shown(lock, seen, source);
  settle(watcher_->observe(lock, seen, source, server_now(), local().boot));
}

void Observer::settle(const std::optional<core::LeaderChange>& change) {
  if (!watcher_->known()) return;
  check_.said(*watcher_, change);
  arm();
}

void Observer::arm() {
  const auto at = watcher_->next_wake();
  if (!at || checking_ || armed_for_ == at) return;
  armed_for_ = at;
  client_->at(*at, [this, at] {
    if (armed_for_ != at || checking_) return;
    armed_for_.reset();
    look_again();
  });
}

// Reads once more before reporting that there is no leader any more, and from time to time while
// there is none.
void Observer::look_again() {
  checking_ = true;
  const std::size_t lock = watcher_->lock();
  client_->get(plan().objects.at(lock), kLastLook, BootTime{}, [this, lock](const Answer& answer) {
    if (answer.outcome == Outcome::kOk || answer.outcome == Outcome::kNotFound) {
      take_clock();
      observe(lock, answer.object, Source::kRead);
    }
    checking_ = false;
    settle(watcher_->tick(local().boot));
  });
}

}  // namespace elector::tests
