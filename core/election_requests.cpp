// SPDX-License-Identifier: Apache-2.0
// The requests that a candidate sends to the API: reads, writes, their timeouts, and when to retry
// after a failure.
#include <algorithm>
#include <chrono>
#include <utility>

#include "core/election.h"

namespace elector::core {
namespace {

using std::chrono::seconds;

// How many consecutive failures without a reason to wait (such as conflicts with edits of other
// fields) are retried at once; after that, retries are paced.
constexpr int kImmediateRetries = 5;

WallTime floor_to(WallTime time, Duration precision) {
  const auto step = std::chrono::duration_cast<WallTime::duration>(precision);
  auto rest = time.time_since_epoch() % step;
  if (rest < WallTime::duration::zero()) rest += step;
  return time - rest;
}

}  // namespace

void Election::look_if_wanted(Lock& lock, Now now) {
  if (lock.read_wanted && !lock.in_flight && due(lock.not_before, now)) send_read(lock, now);
}

// Reads the lock every retry period while nothing shows its changes.
void Election::poll(Lock& lock, Now now) {
  const BootTime at = std::max(lock.last_look + config_.timing.retry_period, lock.not_before);
  if (!lock.watched && !lock.in_flight && due(at, now)) send_read(lock, now);
}

void Election::send_read(Lock& lock, Now now) {
  lock.last_look = now.boot;
  lock.in_flight = {
      .request = ++last_request_, .verb = Verb::kGet, .version = {}, .sent_at = now.boot};
  requests_.push_back({.id = last_request_,
                       .lock = index_of(lock),
                       .verb = Verb::kGet,
                       .timeout = request_timeout(),
                       .record = {},
                       .claim = {},
                       .version = {},
                       .body = nullptr});
}

// The record that holds the lock. Its renewTime never decreases within a term: client-go and the
// 2016 image compare records at the precision of a second, so if the wall clock is stepped back,
// renewals could look the same to them, and their wait would begin before our hold does. After such
// a step the term is dated as if the clock had not been stepped.
Record Election::holding_record(Now now) {
  term_.wall_lead = std::max(term_.wall_lead, wall_lead(now));
  const Duration date = now.boot.time_since_epoch() + term_.wall_lead;
  return {.holder = config_.identity,
          .lease_duration = term_.timing.lease_duration,
          .acquire_time = term_.acquire_time,
          .renew_time = WallTime(std::chrono::floor<WallTime::duration>(date)),
          .transitions = term_.transitions};
}

void Election::send_write(Lock& lock, const Record& record, Now now) {
  const Observation& base = lock.tracker.seen();
  Request request{.id = ++last_request_,
                  .lock = index_of(lock),
                  .verb = base.content == Content::kAbsent ? Verb::kCreate : Verb::kUpdate,
                  .timeout = request_timeout(),
                  .record = record,
                  .claim = {},
                  .version = {},
                  .body = nullptr};
  if (request.verb == Verb::kUpdate) {
    request.version = base.version;
    request.body = base.body;
  }
  // What is read back must equal what was sent, so times are sent at the lock's precision.
  request.record.acquire_time = floor_to(*record.acquire_time, lock.precision);
  request.record.renew_time = floor_to(*record.renew_time, lock.precision);
  request.claim = {.instance = config_.instance,
                   .nonce = random_.hex(),
                   .holder = record.holder,
                   .renew_time = request.record.renew_time};
  request.resign = resign_to_write(lock, request);
  lock.tracker.sent({.term = term_.number,
                     .release = record.holder.empty(),
                     .record = request.record,
                     .claim = request.claim,
                     .sent_at = now,
                     .over = request.version});
  if (!record.holder.empty()) lock.last_hold = now.boot;
  lock.in_flight = {
      .request = request.id, .verb = request.verb, .version = request.version, .sent_at = now.boot};
  requests_.push_back(std::move(request));
}

// How long one request may take. While leading, a request that hangs must leave time for others
// before the hold ends; otherwise, a slow server still gets a chance.
Duration Election::request_timeout() const {
  const Duration period = term_.timing.retry_period;
  return phase_ == Phase::kLeading ? period : std::max(period, Duration(seconds(1)));
}

// ---- Failures ---------------------------------------------------------------------------------

void Election::fail(Lock& lock, Verb verb, const Answer& answer, Now now) {
  ++lock.failures;
  lock.not_before = now.boot + backoff(lock, answer, now);
  report({.kind = Report::Kind::kRequestFailed,
          .outcome = answer.outcome,
          .verb = verb,
          .lock = index_of(lock),
          .text = answer.message});
}

// How long to wait after a failed request before the next. Retry-After is honoured up to the last
// moment that can still save the hold, or release the lock before it runs out; a follower has no
// hold to save, but must try again within a lease, in case the leader is gone.
Duration Election::backoff(const Lock& lock, const Answer& answer, Now now) {
  const Duration period = term_.timing.retry_period;
  const Duration lease = term_.timing.lease_duration;
  const bool nothing_sent =
      answer.outcome == Outcome::kForbidden || answer.outcome == Outcome::kRefused;
  if (phase_ == Phase::kFollowing || (phase_ == Phase::kAcquiring && nothing_sent)) {
    const auto part =
        static_cast<Duration::rep>(random_.fraction() * static_cast<double>(period.count()));
    const Duration pause = answer.outcome == Outcome::kForbidden ? period : Duration(part);
    return std::max({pause, period / 2, std::min(answer.retry_after, lease)});
  }
  // The first time, a write without an answer is read back at once: it may be in the lock.
  const int immediate = nothing_sent                          ? 0
                        : answer.outcome == Outcome::kUnknown ? 1
                                                              : kImmediateRetries;
  const bool at_once = lock.failures <= immediate;
  const Duration pause = at_once ? Duration::zero() : period / 4;
  const BootTime end = phase_ == Phase::kLeading ? hold_until() : lock.last_hold + lease;
  return std::max(pause, std::min(answer.retry_after, end - now.boot - period));
}

}  // namespace elector::core
