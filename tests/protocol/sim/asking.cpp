// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/sim/asking.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "tests/protocol/sim/world.h"

namespace elector::tests {
namespace {

using core::Answer;
using core::BootTime;
using core::Observation;
using core::Outcome;
using core::Resignation;
using std::chrono::seconds;

constexpr core::Duration kTimeout = seconds(10);
constexpr core::Duration kTakeBackLimit = seconds(2);
constexpr core::Duration kPollPeriod = seconds(1);

const char* text_of(Resignation::Act act) {
  switch (act) {
    case Resignation::Act::kAsk:
      return "asks the leader to resign";
    case Resignation::Act::kClear:
      return "clears the record";
    default:
      return "takes the request back";
  }
}

}  // namespace

Asking::Asking(World& world, Host& host, Client& client, std::size_t object, core::ResignWish wish,
               BootTime patient_until, std::function<void()> on_change)
    : world_(world),
      host_(host),
      client_(client),
      object_(object),
      wish_(std::move(wish)),
      patient_until_(patient_until),
      on_change_(std::move(on_change)),
      resignation_(wish_) {}

void Asking::start(const Observation& first) {
  confirm(history_size(), host_.local().boot);
  observe(first, core::Source::kRead);
  if (!over()) watch();
}

void Asking::finish() {
  if (std::exchange(finishing_, true)) return;
  const BootTime limit = host_.local().boot + kTakeBackLimit;
  patient_until_ = limit;
  if (client_.cancel_postponed(writing_)) writing_ = 0;
  client_.at(limit, [this] {
    late_ = true;
    settle_finish();
  });
  settle_finish();
}

void Asking::settle_finish() {
  if (!finishing_ || finished_) return;
  const bool more = !late_ && !error_ && (writing_ != 0 || reading_ || unheard_request_is_there());
  if (more) {
    if (writing_ == 0 && !reading_) write(Act::kWithdraw);
    return;
  }
  finished_ = true;
  left_behind_ |= writing_ != 0 || doubt_ || unheard_request_is_there();
  on_change_();
}

bool Asking::unheard_request_is_there() const {
  return seen_.resign && seen_.resign->id == wish_.id && !seen_.resign->acknowledged;
}

bool Asking::write_underway() const {
  return std::any_of(underway_.begin(), underway_.end(),
                     [](const auto& write) { return !write.expired(); });
}

std::size_t Asking::history_size() const {
  return world_.api().model().history(object_).size();
}

void Asking::confirm(std::size_t size, BootTime sent) {
  confirmed_ = size;
  confirmed_at_ = sent;
}

// ---- What the lock shows ----------------------------------------------------------------------

void Asking::watch() {
  polls_ = true;
  if (host_.plan().may_watch) {
    watcher_ = std::make_unique<Watcher>(
        world_, host_, object_,
        Watcher::Handler{
            .on_event = [this](const Observation& seen) { observe(seen, core::Source::kEvent); },
            .on_established =
                [this](bool established) {
                  watching_ = established;
                  if (!established) read_soon();
                },
            .on_gap = [this] { read(); }});
    watcher_->start();
  }
  read();
}

void Asking::read() {
  if (reading_) return;
  reading_ = true;
  client_.get(object_, kTimeout, host_.local().boot,
              [this, sent = history_size(), when = host_.local().boot](const Answer& answer) {
                if (answer.outcome == Outcome::kOk || answer.outcome == Outcome::kNotFound) {
                  confirm(sent, when);
                }
                read_answered(answer);
              });
}

void Asking::read_answered(const Answer& answer) {
  reading_ = false;
  const bool seen = answer.outcome == Outcome::kOk || answer.outcome == Outcome::kNotFound;
  const bool told = seen && observe(answer.object, core::Source::kRead);
  if (doubt_) settle_doubt(seen);
  if (!watching_ || !told) read_soon();  // a watch may show nothing for a long time
  settle_finish();
}

void Asking::read_back(Act written, const std::string& message) {
  doubt_ = Doubt{.act = written, .message = message, .read_is_older = reading_};
  if (!polls_) return watch();
  read();
}

void Asking::settle_doubt(bool seen) {
  if (std::exchange(doubt_->read_is_older, false)) return read();
  const Doubt doubt = *std::exchange(doubt_, std::nullopt);
  if (!seen) {
    error_ = doubt.message + "; the request may or may not be in the lock";
    left_behind_ = true;
  } else if (finishing_) {
    if (doubt.act == Act::kWithdraw && unheard_request_is_there()) error_ = doubt.message;
  } else if (resignation_.next(host_.local().boot).act != doubt.act) {
    act();
  } else {
    error_ = doubt.message;
  }
  if (error_) on_change_();
}

void Asking::read_soon() {
  if (poll_armed_ || finishing_) return;
  poll_armed_ = true;
  client_.at(host_.local().boot + kPollPeriod, [this] {
    poll_armed_ = false;
    if (!over() && !finishing_) read();
  });
}

bool Asking::observe(const Observation& seen, core::Source source) {
  if (!resignation_.observe(seen, source, host_.local().boot)) return false;
  seen_ = seen;
  if (!landed_at_ && seen.resign && seen.resign->id == wish_.id) landed_at_ = host_.local().boot;
  act();
  settle_finish();
  return true;
}

void Asking::act() {
  if (writing_ != 0 || doubt_ || finishing_ || over()) return;
  if (!addressed_ && core::names_holder(seen_)) addressed_ = seen_;
  step_ = resignation_.next(host_.local().boot);
  if (step_.act == Act::kAsk) asked_over_ = seen_.record.lease_duration;
  wake_.reset();
  if (step_.act != Act::kNothing) {
    write(step_.act);
  } else if (step_.end) {
    on_change_();
  } else if (step_.wake) {
    wake_at(*step_.wake);
  }
}

void Asking::wake_at(BootTime when) {
  wake_ = when;
  client_.at(when, [this, when] {
    if (wake_ == when) act();
  });
}

// ---- What is written into it ------------------------------------------------------------------

Client::Apply Asking::apply_of(Act act) {
  if (act == Act::kClear) {
    const core::WallTime now = host_.local().wall;
    const auto step =
        std::chrono::duration_cast<core::WallTime::duration>(world_.plan().precisions.at(object_));
    const core::WallTime wall = now - now.time_since_epoch() % step;
    core::Request request;
    request.verb = core::Verb::kUpdate;
    request.version = seen_.version;
    request.body = seen_.body;
    request.record = core::released_record(seen_.record.transitions, wall);
    request.claim = {.instance = world_.dice().hex(),
                     .nonce = world_.dice().hex(),
                     .holder = {},
                     .renew_time = wall,
                     .forced = true};
    if (!wish_.to.empty()) request.resign = resignation_.request(request.claim.nonce);
    return [object = object_, request](ApiModel& model) { return model.handle(object, request); };
  }
  std::optional<core::ResignRequest> resign;
  if (act == Act::kAsk) resign = resignation_.request();
  return [object = object_, resign, version = seen_.version](ApiModel& model) {
    return model.put_resign(object, version, resign);
  };
}

void Asking::write(Act act) {
  if (world_.log().on()) {
    world_.log().line(host_.name(), std::string(text_of(act)) + " of lock " +
                                        std::to_string(object_) + " over @" + seen_.version +
                                        (wish_.to.empty() ? "" : ", for " + wish_.to));
  }
  const auto underway = std::make_shared<const int>(0);
  std::erase_if(underway_, [](const auto& write) { return write.expired(); });
  underway_.push_back(underway);
  writing_ = client_.put(
      object_,
      [apply = apply_of(act), underway, &world = world_](ApiModel& model) {
        Answer answer = apply(model);
        if (answer.outcome == Outcome::kOk) world.ask_check().wrote();
        return answer;
      },
      kTimeout, patient_until_,
      [this, act, sent = history_size(), when = host_.local().boot](const Answer& answer) {
        if (answer.outcome == Outcome::kOk) confirm(sent, when);
        writing_ = 0;
        written(act, answer);
        settle_finish();
      });
}

void Asking::written(Act act, const Answer& answer) {
  if (world_.log().on() && answer.outcome != Outcome::kOk) {
    world_.log().line(host_.name(), "  answer: " + (answer.outcome == Outcome::kConflict
                                                        ? std::string("conflict")
                                                        : "failed " + answer.message));
  }
  switch (answer.outcome) {
    case Outcome::kOk:
      observe(answer.object, core::Source::kRead);
      return;
    case Outcome::kConflict:
      return polls_ ? read() : watch();
    case Outcome::kUnknown:
      return read_back(act, answer.message);
    default:
      error_ = answer.outcome == Outcome::kNotFound ? "404 Not Found" : answer.message;
      on_change_();
  }
}

}  // namespace elector::tests
