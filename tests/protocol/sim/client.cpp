// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/sim/client.h"

#include <utility>

#include "tests/protocol/sim/world.h"

namespace elector::tests {

using core::Answer;
using core::BootTime;
using core::Duration;
using core::Outcome;
using Inbox = Host::Inbox;

Client::Id Client::get(std::size_t object, Duration timeout, BootTime patient_until,
                       Answered answered) {
  // The server may apply it after this process has ended.
  const Apply apply = [&world = world_, &host = host_, object](ApiModel& model) {
    return world.read(host, object, model);
  };
  return send({.object = object,
               .write = false,
               .apply = apply,
               .timeout = timeout,
               .patient_until = patient_until,
               .answered = std::move(answered)});
}

Client::Id Client::put(std::size_t object, Apply apply, Duration timeout, BootTime patient_until,
                       Answered answered) {
  return send({.object = object,
               .write = true,
               .apply = std::move(apply),
               .timeout = timeout,
               .patient_until = patient_until,
               .answered = std::move(answered)});
}

Client::Id Client::send(Sending sending) {
  const Id id = ++last_;
  open_[id] = std::move(sending);
  attempt(id);
  return id;
}

void Client::attempt(Id id) {
  Sending& sending = open_.at(id);
  sending.postponed = false;
  const std::uint64_t attempt = ++sending.attempt;
  at(host_.local().boot + sending.timeout, [this, id, attempt] {
    Answer late;
    late.message = "no answer in time";
    answer(id, attempt, late);
  });
  world_.api().ask(host_.index(), sending.object, sending.write, sending.apply,
                   [this, &host = host_, life = host_.life(), id, attempt](const Answer& what) {
                     host.handle(life, Inbox::kAnswers,
                                 [this, id, attempt, what] { answer(id, attempt, what); });
                   });
}

void Client::answer(Id id, std::uint64_t attempt, const Answer& answer) {
  const auto it = open_.find(id);
  if (it == open_.end() || it->second.attempt != attempt || it->second.postponed) return;
  const BootTime again = host_.local().boot + answer.retry_after;
  if (answer.outcome == Outcome::kRefused && answer.retry_after > Duration::zero() &&
      again <= it->second.patient_until) {
    it->second.postponed = true;
    at(again, [this, id] {
      if (open_.contains(id)) this->attempt(id);
    });
    return;
  }
  const Answered answered = std::move(it->second.answered);
  open_.erase(it);
  answered(answer);
}

bool Client::cancel_postponed(Id id) {
  const auto it = open_.find(id);
  if (it == open_.end() || !it->second.postponed) return false;
  open_.erase(it);
  return true;
}

// A clock that stood still has not reached the time yet.
void Client::at(BootTime when, Host::Action what) {
  const Duration late = world_.dice().up_to(world_.plan().lateness);
  world_.schedule().at(host_.clock().when(when) + late,
                       host_.in_process(Inbox::kTimers, [this, when, what = std::move(what)] {
                         if (host_.local().boot < when) return at(when, what);
                         what();
                       }));
}

}  // namespace elector::tests
