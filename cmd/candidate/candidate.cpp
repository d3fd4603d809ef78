// SPDX-License-Identifier: Apache-2.0
#include "cmd/candidate/candidate.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>

#include "cmd/output/duration.h"
#include "cmd/process/random_seed.h"
#include "core/holder_clock.h"
#include "core/lock_state.h"
#include "core/random.h"
#include "kube/base/time_format.h"
#include "kube/http/api_status.h"
#include "kube/lock/lock_read.h"

namespace elector::cmd {
namespace {

core::Config election_config(const CandidateSetup& options) {
  core::Random random(random_seed());
  core::Config config{.identity = options.identity,
                      .instance = random.hex() + random.hex(),
                      .timing = options.timing,
                      .lock_precisions = {},
                      .seed = random_seed()};
  for (const kube::LockKind kind : options.lock_kinds) {
    config.lock_precisions.push_back(kube::info(kind).precision);
  }
  return config;
}

std::vector<kube::LockKind> kinds_besides(const std::vector<kube::LockKind>& own) {
  std::vector<kube::LockKind> others;
  for (const kube::LockKind kind : kube::kLockKinds) {
    if (std::find(own.begin(), own.end(), kind) == own.end()) others.push_back(kind);
  }
  return others;
}

// Returns how many lock kinds come before `own` in the order of preference.
std::size_t preferred_to(kube::LockKind own) {
  const auto& all = kube::kLockKinds;
  return static_cast<std::size_t>(std::find(all.begin(), all.end(), own) - all.begin());
}

std::string resource(kube::LockKind kind) {
  return std::string(kube::info(kind).resource);
}

// Returns how to get from one lock kind to another: join the election there, or move it.
std::string ways_out(kube::LockKind own, kube::LockKind other) {
  std::string text = "join it with --lock=" + resource(other);
  const kube::LockKind from = own == kube::LockKind::kLease ? other : own;
  if (own == kube::LockKind::kLease || other == kube::LockKind::kLease) {
    text += " or move it with --lock=" + resource(from) + "leases";
  }
  return text + ", or give --lock=" + resource(own) + " to run a second election on purpose";
}

// A delay of the loop that is not reported: a busy machine causes shorter ones.
constexpr core::Duration kLeastPause = std::chrono::seconds(2);
// Cap on a logged age: core::Duration cannot represent ages of several centuries.
constexpr std::chrono::microseconds kFar = std::chrono::hours(24 * 365 * 100);

}  // namespace

Candidate::Candidate(kube::Poller& poller, kube::Client& client, const Log& log,
                     CandidateSetup options, ReportCallback on_report)
    : poller_(poller),
      client_(client),
      log_(log),
      options_(std::move(options)),
      on_report_(std::move(on_report)),
      election_(election_config(options_)),
      other_kinds_(kinds_besides(options_.lock_kinds)),
      other_locks_(other_kinds_.size(), options_.timing.lease_duration,
                   options_.timing.retry_period, preferred_to(options_.lock_kinds.front())),
      wait_notice_(options_.timing.retry_period),
      clock_watch_(poller,
                   [this] {
                     election_.tick(kube::now());
                     pump();
                   }),
      failures_(options_.identity) {
  last_objects_.resize(options_.lock_kinds.size());
  kube::LockClient::Handler handler;
  handler.on_answer = [this](const core::Answer& answer) {
    note_answer(answer);
    election_.answer(answer, kube::now());
    pump();
  };
  handler.on_observation = [this](std::size_t lock, const core::Observation& seen) {
    note_object(lock, seen, false);
    election_.observe(lock, seen, kube::now());
    pump();
  };
  handler.on_watching = [this](std::size_t lock, bool established) {
    if (established) {
      watched_.insert(lock);
    } else {
      watched_.erase(lock);
    }
    election_.watching(lock, established, kube::now());
    pump();
  };
  handler.on_gap = [this](std::size_t lock) {
    election_.missed_events(lock, kube::now());
    pump();
  };
  handler.on_notice = [this](const std::string& text) {
    log_.warn(text + (std::exchange(watch_forbidden_, false) ? remedy(true) : ""));
  };
  handler.on_forbidden = [this](const kube::Permission& missing) {
    // A forbidden watch is followed by a notice, which covers it.
    watch_forbidden_ = missing.verb == "watch";
    if (!watch_forbidden_) log_missing(missing, true);
  };
  lock_client_ = std::make_unique<kube::LockClient>(
      poller_, client_,
      kube::LockClientOptions{.name_space = options_.name_space,
                              .name = options_.election,
                              .kinds = options_.lock_kinds,
                              .retry_period = options_.timing.retry_period,
                              .seed = random_seed()},
      std::move(handler));
}

Candidate::~Candidate() {
  poller_.cancel_timer(timer_);
  for (const auto& [index, id] : reads_) client_.cancel(id);
}

void Candidate::start() {
  election_.start(kube::now());
  pump();
}

void Candidate::stand(bool wish) {
  wish_ = wish;
  pump();
}

void Candidate::work_stopped() {
  if (release_held_) {
    work_stopped_ = true;
    return;
  }
  election_.work_stopped(kube::now());
  pump();
}

void Candidate::set_fit(bool fit) {
  fit_ = fit;
  pump();
}

void Candidate::hold_release(bool hold) {
  release_held_ = hold;
  if (!hold && std::exchange(work_stopped_, false)) work_stopped();
}

// Carries out the core's requests and delivers its reports until there are none left. A report may
// call back into this class; the running loop then picks up what results.
void Candidate::pump() {
  if (pumping_) return;
  pumping_ = true;
  note_pause();
  bool more = true;
  while (more) {
    settle_wish();
    const auto requests = election_.take_requests();
    for (const core::Request& request : requests) {
      asked_[request.id] = {request.lock, request.verb, kube::boot_now()};
      lock_client_->send(request);
    }
    const auto reports = election_.take_reports();
    for (const core::Report& report : reports) handle(report);
    more = !requests.empty() || !reports.empty();
  }
  pumping_ = false;
  look_at_other_locks();
  log_other_locks();
  log_wait();
  arm_timer();
}

void Candidate::handle(const core::Report& report) {
  using Kind = core::Report::Kind;
  if (report.kind == Kind::kRequestFailed) return log_failure(report);
  if (report.kind == Kind::kNotice) {
    return log_.warn(report.text, {{"election", options_.election}});
  }
  if (report.kind == Kind::kElected) leading_ = true;
  if (report.kind == Kind::kLost || report.kind == Kind::kStopWork) leading_ = false;
  on_report_(report);
}

void Candidate::arm_timer() {
  poller_.cancel_timer(timer_);
  timer_ = 0;
  due_.reset();
  auto at = election_.next_wake();
  if (const auto other = other_locks_.next_wake(leading_); other && wish_) {
    at = at ? std::min(*at, *other) : *other;
  }
  if (const auto wait = wait_notice_.next_wake()) at = at ? std::min(*at, *wait) : *wait;
  if (!at) return;
  due_ = std::max(*at, kube::boot_now());
  timer_ = poller_.start_timer_at(*at, [this] {
    timer_ = 0;
    election_.tick(kube::now());
    pump();
  });
}

// A renewal that came too late is explained by this, and by nothing that follows.
void Candidate::note_pause() {
  if (!due_) return;
  const core::Duration late = kube::boot_now() - *std::exchange(due_, std::nullopt);
  if (late < std::max(options_.timing.retry_period, kLeastPause)) return;
  log_.warn(
      "this process did not run for a while: it was stopped, or the machine was paused or busy",
      {{"election", options_.election}, {"for", short_duration(late)}});
}

// ---- The same election on another lock kind -----------------------------------------------------

void Candidate::settle_wish() {
  other_locks_.note_own(election_.view(kube::now()).record, kube::boot_now());
  const bool may_stand = others() == core::OtherLocks::Verdict::kClear;
  const bool stand = wish_ && fit_ && may_stand;
  if (stand == standing_) return;
  standing_ = stand;
  election_.stand(stand, kube::now());
}

void Candidate::look_at_other_locks() {
  if (!wish_) return;
  for (const std::size_t index : other_locks_.take_due(leading_, kube::boot_now())) {
    read_other_lock(index);
  }
}

void Candidate::read_other_lock(std::size_t index) {
  const kube::LockName name{other_kinds_.at(index), options_.name_space, options_.election};
  const auto timeout =
      std::max(options_.timing.retry_period, core::Duration(std::chrono::seconds(1)));
  const auto on_answer = [this, index, name](const kube::HttpResponse& response) {
    reads_.erase(index);
    core::Answer answer = kube::lock_read_answer(name, response, client_.connection().server);
    // A 401 may be transient: the next attempt uses a fresh token.
    if (response.status == 401) answer.outcome = core::Outcome::kRefused;
    if (kube::is_not_served(name, response)) answer.outcome = core::Outcome::kNotFound;
    note_other_lock(index, answer);
    pump();
  };
  reads_[index] = client_.send(kube::lock_read_request(name, timeout), on_answer);
}

void Candidate::note_other_lock(std::size_t index, const core::Answer& answer) {
  const core::BootTime at = kube::boot_now();
  switch (answer.outcome) {
    case core::Outcome::kOk:
    case core::Outcome::kNotFound:
      looks_failed_.erase(index);
      other_locks_.observe(index, answer.object, election_.view(kube::now()).record, kube::now());
      break;
    case core::Outcome::kForbidden:
      other_locks_.forbidden(index);
      if (!options_.lock_kind_given) {
        log_missing(kube::permission_for(
                        {other_kinds_.at(index), options_.name_space, options_.election}, "get"),
                    false);
      }
      log_.debug("not checking for this election on " + resource(other_kinds_.at(index)),
                 {{"cause", answer.message}});
      break;
    default:
      other_locks_.failed(index, at);
      last_failure_ = kube::without_audit_id(answer.message);
      log_failed_look(index, answer.message);
  }
}

// Logs at debug level while other requests fail too: that is already reported.
void Candidate::log_failed_look(std::size_t index, const std::string& cause) {
  const std::string text = "cannot check for this election on " + resource(other_kinds_.at(index));
  if (!api_answers() || !looks_failed_.insert(index).second) {
    log_.debug(text, {{"cause", cause}});
  } else {
    const bool needless = others() == core::OtherLocks::Verdict::kClear;
    log_.warn(text + (needless ? "" : "; not competing until this check succeeds"),
              {{"cause", cause}});
  }
}

// Logs once that there is, or no longer is, an election of this name on another kind. Not before
// the own lock was read, which may show that both are one election.
void Candidate::log_other_locks() {
  if (!election_.view(kube::now()).observed) return;
  const auto live = other_locks_.live();
  const std::string found = live ? resource(other_kinds_.at(live->index)) : "";
  if (found == other_lock_found_) return;
  if (found.empty()) {
    log_.info(
        "election \"" + options_.election + "\" on " + other_lock_found_ + " is no longer live",
        {{"election", options_.election}});
  } else {
    const std::string fact = "election \"" + options_.election + "\" is " +
                             (live->proven ? "live" : "held") + " on " + found + " too, led by " +
                             live->holder + ", which is a separate election";
    if (options_.lock_kind_given) {
      log_.warn(fact + ": each may have a leader", {{"election", options_.election}});
    } else {
      log_.warn(fact + "; not competing while it lasts: " +
                    ways_out(options_.lock_kinds.front(), other_kinds_.at(live->index)),
                {{"election", options_.election}});
    }
  }
  other_lock_found_ = found;
}

// ---- What an operator would wonder about, logged once -------------------------------------------

void Candidate::log_wait() {
  const core::Now at = kube::now();
  const core::View view = election_.view(at);
  std::optional<core::WaitNotice::Wait> wait;
  if (standing_ && view.free_at && view.record && *view.free_at > at.boot) {
    wait = {.record = *view.record, .free_at = *view.free_at, .seems_dead = view.seems_dead};
  }
  if (!wait_notice_.look(wait, at.boot)) return;
  const core::Duration left = wait->free_at - at.boot;
  const auto until = at.wall + std::chrono::duration_cast<core::WallTime::duration>(left);
  const auto& renewed = wait->record.renew_time;
  const auto written = [](core::WallTime time) {
    return kube::format_time(time, kube::TimePrecision::kSeconds);
  };
  log_.info(wait->seems_dead
                ? "waiting for a lease to expire: its holder is dead, or its clock is behind; "
                  "if it is dead, this command frees the lock"
                : "waiting for a lease to expire that its holder does not renew; if that "
                  "holder is gone, this command frees the lock",
            {{"election", options_.election},
             {"holder", wait->record.holder},
             {"renewed", renewed ? written(*renewed) : "unknown"},
             {"age", renewed ? short_duration(
                                   std::min<std::chrono::microseconds>(at.wall - *renewed, kFar))
                             : "unknown"},
             {"until", written(until)},
             {"left", short_duration(left)},
             {"command", options_.resign_command}});
}

// Logs hourly that the holder's clock is off, as the renewals show that are seen to happen.
void Candidate::log_clock(std::size_t lock, const core::Observation& seen) {
  const core::BootTime at = kube::boot_now();
  const auto before = records_.find(lock);
  if (!core::names_holder(seen)) {
    records_.erase(lock);
    return;
  }
  if (before == records_.end()) {
    records_.try_emplace(lock, seen, at);
    return;
  }
  if (core::same_record(before->second.first, seen)) return;
  const auto [last, since] = std::exchange(before->second, {seen, at});
  if (!core::is_seen_renewal(last, seen, at - since)) return;
  const auto error =
      core::clock_error_of_renewal(seen, lock_client_->server_now(), core::Duration::zero());
  const std::string& holder = seen.record.holder;
  if (!error || !clock_notice_.due(holder, at)) return;
  const std::string whose =
      holds() ? "this machine's clock" : "the clock of " + holder + ", which leads,";
  log_.warn(whose + " is " + off_by(*error) +
                " the API server's; until it is set right, a single look may take a live leader "
                "for dead, or a dead one for alive",
            {{"election", options_.election}});
}

// KEP-4355: the control plane writes the holder of such a Lease, and may name a better one.
void Candidate::log_strategy(const std::string& strategy) {
  if (strategy.empty() || std::exchange(strategy_said_, true)) return;
  log_.warn(
      "the control plane's coordinated election assigns this Lease; this process competes for it "
      "anyway",
      {{"election", options_.election}, {"strategy", strategy}});
}

// ---- Failures, each logged once -----------------------------------------------------------------

void Candidate::log_failure(const core::Report& report) {
  last_failure_ = kube::without_audit_id(report.text);
  if (failures_.note(report.lock, report.verb, report.outcome, last_failure_)) {
    log_.warn(report.text, {{"election", options_.election}});
  } else {
    log_.debug(report.text, {{"election", options_.election}});
  }
  on_report_(report);
}

void Candidate::log_recovery(bool recovered) {
  if (!recovered) return;
  last_failure_.clear();
  log_.info("the API server answers again", {{"election", options_.election}});
}

void Candidate::log_missing(const kube::Permission& missing, bool needed) {
  if (!missing_said_.insert(kube::describe(missing)).second) return;
  const std::string text =
      (needed ? "missing permission: " : "optional permission missing, continuing without it: ") +
      kube::describe(missing) + remedy(needed);
  if (needed) {
    log_.warn(text);
  } else {
    log_.info(text);
  }
}

// Returns the command that grants every permission this process can use, once; and once more for a
// needed permission, because the first one refused is often an optional one.
std::string Candidate::remedy(bool needed) {
  if (std::exchange(needed ? remedy_said_for_needed_ : remedy_said_, true)) return "";
  return "; " + options_.remedy();
}

void Candidate::note_object(std::size_t lock, const core::Observation& seen, bool recovered) {
  last_objects_.at(lock) = seen.body;
  log_strategy(seen.strategy);
  log_clock(lock, seen);
  log_recovery(failures_.seen(lock, seen) || recovered);
}

void Candidate::note_answer(const core::Answer& answer) {
  const auto found = asked_.find(answer.id);
  if (found == asked_.end()) return;
  const Asked asked = found->second;
  asked_.erase(found);
  using core::Outcome;
  const bool answered = answer.outcome == Outcome::kOk || answer.outcome == Outcome::kConflict ||
                        answer.outcome == Outcome::kNotFound;
  const bool recovered = answered && failures_.answered(asked.lock, asked.verb);
  const bool shown = answer.outcome == Outcome::kOk ||
                     (asked.verb == core::Verb::kGet && answer.outcome == Outcome::kNotFound);
  if (shown) {
    note_object(asked.lock, answer.object, recovered);
  } else {
    log_recovery(recovered);
  }
  if (on_renewal_ && asked.verb == core::Verb::kUpdate && holds()) {
    on_renewal_(answer.outcome, kube::boot_now() - asked.sent);
  }
}

}  // namespace elector::cmd
