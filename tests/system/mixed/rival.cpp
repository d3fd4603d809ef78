// SPDX-License-Identifier: Apache-2.0
#include "tests/system/mixed/rival.h"

#include <algorithm>
#include <exception>

namespace elector::tests {
namespace {

constexpr double kJitterFactor = 1.2;  // client-go's, of the retry period while it does not lead

std::int64_t wall_now() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

RivalOptions sidecar_2016(const std::string& election, const std::string& id,
                          std::chrono::seconds ttl) {
  return {.lock = "endpoints",
          .election = election,
          .id = id,
          .style = RivalStyle::kSidecar2016,
          .ttl = ttl,
          .renew_deadline = Milliseconds(ttl) / 2,
          .retry_period = Milliseconds(ttl) / 4,
          .release_on_cancel = false};
}

Milliseconds longest_poll(const RivalOptions& options) {
  return std::chrono::ceil<Milliseconds>(options.retry_period * (1.0 + kJitterFactor));
}

Rival::Rival(const Api& api, const RivalOptions& options, Ledger& ledger)
    : options_(options),
      ledger_(ledger),
      lock_(rival_lock(api, options.lock, options.election, options.id)),
      dice_(options.seed),
      thread_([this] { run(); }) {}

void Rival::run() {
  while (acquire()) renew();
}

// Returns true when it leads, false when it was asked to stop.
bool Rival::acquire() {
  std::uniform_real_distribution<double> jitter(1.0, 1.0 + kJitterFactor);
  while (stopped() || !try_acquire_or_renew()) {
    if (!pause(Milliseconds(static_cast<int>(static_cast<double>(options_.retry_period.count()) *
                                             jitter(dice_))))) {
      return false;
    }
  }
  return true;
}

// Until it has failed to renew for the renew deadline, or was asked to stop.
void Rival::renew() {
  const bool waits_first = options_.style == RivalStyle::kSidecar2016;
  while (true) {
    const Clock::time_point end = Clock::now() + options_.renew_deadline;
    claim_until(boot_now() + options_.renew_deadline);
    bool done = false;
    if (waits_first && !pause(options_.retry_period)) break;
    while (!(done = try_acquire_or_renew()) && Clock::now() < end) {
      if (!pause(options_.retry_period)) break;
    }
    if (!done) break;
    if (!waits_first) {
      // It believes through this pause, and then until the deadline of the tries after it.
      claim_until(boot_now() + options_.retry_period + options_.renew_deadline);
      if (!pause(options_.retry_period)) break;
    }
  }
  end_claim(boot_now());
  release();
}

void Rival::release() {
  {
    const std::lock_guard lock(mutex_);
    if (!stopped_ || !with_release_ || !is_leader()) return;
  }
  const std::int64_t now = wall_now();
  lock_->update({.holder = "",
                 .duration = 1,
                 .acquired = now,
                 .renewed = now,
                 .transitions = observed_.transitions});
}

bool Rival::try_acquire_or_renew() try {
  RivalRecord record = fresh_record();
  const Clock::time_point now = Clock::now();
  if (options_.style == RivalStyle::kClientGoPresent && is_leader() &&
      now < observed_at_ + std::chrono::seconds(observed_.duration)) {
    record.acquired = observed_.acquired;
    record.transitions = observed_.transitions;
    if (written(lock_->update(record), record)) return true;
  }
  const RivalLock::Seen seen = lock_->get();
  if (seen.outcome == RivalLock::Outcome::kNotFound) return written(lock_->create(record), record);
  if (seen.outcome != RivalLock::Outcome::kOk) return false;
  if (seen.raw != observed_raw_) {
    observed_ = seen.record;
    observed_raw_ = seen.raw;
    observed_at_ = Clock::now();
  }
  if (!may_take(seen.record, now) || stopped()) return false;
  if (is_leader()) record.acquired = seen.record.acquired;
  const bool forgets = options_.style == RivalStyle::kSidecar2016;
  if (!is_leader()) record.transitions = seen.record.transitions + 1;
  if (is_leader() && !forgets) record.transitions = seen.record.transitions;
  return written(lock_->update(record), record);
} catch (const std::exception&) {
  return false;  // what it read was no record
}

bool Rival::written(RivalLock::Outcome outcome, const RivalRecord& record) {
  if (outcome != RivalLock::Outcome::kOk) return false;
  observed_ = record;
  observed_at_ = Clock::now();
  claim_until(boot_now() + options_.renew_deadline);
  return true;
}

bool Rival::may_take(const RivalRecord& seen, Clock::time_point now) const {
  if (is_leader()) return true;
  if (options_.style != RivalStyle::kSidecar2016 && seen.holder.empty()) return true;
  const bool records = options_.style == RivalStyle::kClientGoPresent;
  return now >= observed_at_ + (records ? std::chrono::seconds(seen.duration) : options_.ttl);
}

RivalRecord Rival::fresh_record() const {
  const std::int64_t now = wall_now();
  return {.holder = options_.id,
          .duration = options_.ttl.count(),
          .acquired = now,
          .renewed = now,
          .transitions = 0};
}

bool Rival::stopped() {
  const std::lock_guard lock(mutex_);
  return stopped_;
}

bool Rival::pause(Milliseconds time) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, time, [this] { return stopped_; });
  return !stopped_;
}

void Rival::stop(bool with_release) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopped_) {
      stopped_ = true;
      with_release_ = with_release;
      if (!with_release && claim_) {
        ledger_.believed(options_.id,
                         {.begin = claim_->begin, .end = std::min(claim_->end, boot_now())});
        claim_.reset();
      }
    }
    leads_ = false;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Rival::claim_until(BootTime end) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  if (!claim_) claim_ = Span{.begin = boot_now(), .end = end};
  claim_->end = std::max(claim_->end, end);
  leads_ = true;
}

void Rival::end_claim(BootTime end) {
  const std::lock_guard lock(mutex_);
  leads_ = false;
  if (!claim_) return;
  ledger_.believed(options_.id, {.begin = claim_->begin, .end = std::min(claim_->end, end)});
  claim_.reset();
}

}  // namespace elector::tests
