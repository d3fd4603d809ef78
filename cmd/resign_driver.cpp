// SPDX-License-Identifier: Apache-2.0
#include "cmd/resign_driver.h"

#include <chrono>
#include <utility>

#include "cmd/candidate/candidate.h"
#include "cmd/observe/election_reader.h"
#include "cmd/output/text.h"
#include "cmd/process/random_seed.h"
#include "kube/http/api_status.h"
#include "kube/lock/lock_request.h"

namespace elector::cmd {
namespace {

using core::Resignation;
using std::chrono::seconds;

constexpr core::Duration kTakeBackLimit = seconds(2);
constexpr core::Duration kPollPeriod = seconds(1);  // without a watch

}  // namespace

ResignDriver::ResignDriver(kube::Session& session, kube::LockName lock, core::ResignWish wish,
                           core::BootTime patient_until)
    : session_(session),
      lock_(std::move(lock)),
      wish_(std::move(wish)),
      patient_until_(patient_until),
      random_(random_seed()),
      resignation_(wish_) {}

ResignDriver::~ResignDriver() {
  client_.reset();
  if (writing_ != 0) session_.client().cancel(writing_);
  session_.poller().cancel_timer(poll_timer_);
  session_.poller().cancel_timer(wake_timer_);
}

void ResignDriver::start(const core::Observation& first) {
  observe(first, core::Source::kRead);
  if (!over()) watch();
}

void ResignDriver::finish() {
  finishing_ = true;
  patient_until_ = kube::boot_now() + kTakeBackLimit;
  if (session_.client().cancel_postponed(writing_)) writing_ = 0;  // otherwise it would be sent
  const auto taken_back = [this] {
    const bool busy = writing_ != 0 || reading_;
    if (error_ || (!busy && !unheard_request_is_there())) return true;
    if (!busy) write(Resignation::Act::kWithdraw);
    return false;
  };
  session_.poller().run_until(taken_back, kTakeBackLimit);
  left_behind_ = writing_ != 0 || doubt_ || unheard_request_is_there();
}

bool ResignDriver::unheard_request_is_there() const {
  return seen_.resign && seen_.resign->id == wish_.id && !seen_.resign->acknowledged;
}

std::string ResignDriver::waits() const {
  if (!step_.acknowledged) return "for " + escaped(first_leader()) + " to answer";
  if (core::names_holder(seen_)) return "for " + escaped(first_leader()) + " to stop its work";
  return "for another leader";
}

// ---- What the lock shows ------------------------------------------------------------------------

void ResignDriver::watch() {
  kube::LockClient::Handler handler;
  handler.on_answer = [this](const core::Answer& answer) {
    reading_ = false;
    using core::Outcome;
    const bool seen = answer.outcome == Outcome::kOk || answer.outcome == Outcome::kNotFound;
    const bool told = seen && observe(answer.object, core::Source::kRead);
    if (doubt_) settle_doubt(seen);
    if (!watching_ || !told) read_soon();  // a watch may have no event for long
  };
  handler.on_observation = [this](std::size_t, const core::Observation& seen) {
    observe(seen, core::Source::kEvent);
  };
  handler.on_watching = [this](std::size_t, bool established) {
    watching_ = established;
    if (!established) read_soon();
  };
  client_ =
      std::make_unique<kube::LockClient>(session_.poller(), session_.client(),
                                         kube::LockClientOptions{.name_space = lock_.name_space,
                                                                 .name = lock_.name,
                                                                 .kinds = {lock_.kind},
                                                                 .retry_period = kPollPeriod,
                                                                 .seed = random_.next()},
                                         std::move(handler));
  read();
}

void ResignDriver::read() {
  if (reading_) return;
  reading_ = true;
  core::Request get;
  get.id = ++reads_;
  get.timeout = observer_timeout(session_.connection());
  client_->send(get);
}

// Reads the lock to find out whether an unanswered write happened.
void ResignDriver::read_back(Resignation::Act written, Error error) {
  doubt_ = Doubt{written, std::move(error), reading_};
  if (client_ == nullptr) return watch();
  read();
}

void ResignDriver::settle_doubt(bool seen) {
  if (std::exchange(doubt_->read_is_older, false)) return read();
  const Doubt doubt = *std::exchange(doubt_, std::nullopt);
  if (!seen) {
    error_ = doubt.error;
    error_->message += "; the request may or may not be in the lock";
    return;
  }
  if (finishing_) {  // what is still there is withdrawn, but not endlessly
    if (doubt.act == Resignation::Act::kWithdraw && unheard_request_is_there()) {
      error_ = doubt.error;
    }
    return;
  }
  if (resignation_.next(kube::boot_now()).act != doubt.act) return act();
  error_ = doubt.error;
  if (unheard_request_is_there()) error_->message += "; the request is still in the lock";
}

void ResignDriver::read_soon() {
  if (poll_timer_ != 0 || finishing_) return;
  poll_timer_ = session_.poller().start_timer(kPollPeriod, [this] {
    poll_timer_ = 0;
    read();
  });
}

bool ResignDriver::observe(const core::Observation& seen, core::Source source) {
  if (!resignation_.observe(seen, source, kube::boot_now())) return false;
  seen_ = seen;
  act();
  return true;
}

void ResignDriver::act() {
  if (writing_ != 0 || doubt_ || finishing_ || over()) return;
  step_ = resignation_.next(kube::boot_now());
  session_.poller().cancel_timer(std::exchange(wake_timer_, 0));
  if (step_.act != Resignation::Act::kNothing) return write(step_.act);
  if (!step_.wake) return;
  wake_timer_ = session_.poller().start_timer_at(*step_.wake, [this] {
    wake_timer_ = 0;
    act();
  });
}

// ---- What is written to the lock ----------------------------------------------------------------

Expected<std::string> ResignDriver::body_for(Resignation::Act act) {
  const std::string body = seen_.body ? *seen_.body : "{}";
  if (act == Resignation::Act::kAsk) {
    return kube::encode_resign_request(lock_, body, seen_.version, resignation_.request());
  }
  if (act == Resignation::Act::kWithdraw) {
    return kube::encode_resign_request(lock_, body, seen_.version, std::nullopt);
  }
  // A release as a holder writes it, but marked, because this process was not the holder.
  const core::WallTime wall = kube::now().wall;
  const core::Claim claim{.instance = random_.hex(),
                          .nonce = random_.hex(),
                          .holder = {},
                          .renew_time = wall,
                          .forced = true};
  std::optional<core::ResignRequest> resign;
  if (!wish_.to.empty()) resign = resignation_.request(claim.nonce);
  return kube::encode_lock(lock_, body, seen_.version,
                           core::released_record(seen_.record.transitions, wall), claim, resign);
}

void ResignDriver::write(Resignation::Act act) {
  auto body = body_for(act);
  if (!body) {
    error_ = body.error();
    return;
  }
  kube::HttpRequest request;
  request.method = "PUT";
  request.path = kube::object_path(lock_.kind, lock_.name_space, lock_.name);
  request.body = std::move(*body);
  request.timeout = observer_timeout(session_.connection());
  request.patient_until = patient_until_;
  writing_ =
      session_.client().send(std::move(request), [this, act](const kube::HttpResponse& response) {
        writing_ = 0;
        on_written(act, response);
      });
}

void ResignDriver::on_written(Resignation::Act act, const kube::HttpResponse& response) {
  if (response.ok()) {
    if (const auto seen = kube::decode_lock(lock_, response.body)) {
      observe(*seen, core::Source::kRead);
      return;
    }
  }
  if (response.ok() || response.status == 409) {  // 409: the leader renewed meanwhile, for example
    if (client_ == nullptr) return watch();
    return read();
  }
  std::string message = kube::describe_failure(response, session_.connection().server);
  const bool forbidden = kube::lacks_permission(response);
  if (forbidden) {
    message += "; this requires " + kube::describe(kube::permission_for(lock_, "update"));
  }
  const auto kind = forbidden ? Error::Kind::kForbidden : Error::Kind::kSystem;
  const bool maybe_done = response.error ? response.maybe_done : response.status >= 500;
  if (maybe_done) return read_back(act, {kind, std::move(message)});
  if (unheard_request_is_there()) message += "; the request is still in the lock";
  error_ = Error{kind, std::move(message)};
}

}  // namespace elector::cmd
