// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/sim/other_kinds.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "tests/protocol/sim/world.h"

namespace elector::tests {

using core::Answer;
using core::BootTime;
using core::Duration;
using core::Outcome;
using Inbox = Host::Inbox;

OtherKinds::OtherKinds(World& world, Host& host, std::function<std::optional<core::Record>()> own,
                       std::function<void()> on_look)
    : world_(world),
      host_(host),
      own_(std::move(own)),
      on_look_(std::move(on_look)),
      others_(host.plan().other_kinds.size(), host.plan().timing.lease_duration,
              host.plan().timing.retry_period, host.plan().preferred_kinds,
              Duration(host.plan().timing.lease_duration) * kLookAgain) {}

void OtherKinds::look(bool leading) {
  if (host_.plan().other_kinds.empty()) return;
  others_.note_own(own_(), host_.local().boot);
  for (const std::size_t index : others_.take_due(leading, host_.local().boot)) read(index);
  arm(leading);
}

void OtherKinds::read(std::size_t index) {
  const std::size_t object = host_.plan().other_kinds.at(index);
  const std::uint64_t id = ++reads_;
  reading_[index] = id;
  const Duration limit =
      std::max(host_.plan().timing.retry_period, Duration(std::chrono::seconds(1)));
  const auto finish = [this, index, id](const Answer& answer) {
    if (reading_[index] != id) return;
    reading_[index] = 0;
    answered(index, answer);
  };
  world_.schedule().at(host_.clock().when(host_.local().boot + limit),
                       host_.in_process(Inbox::kTimers, [finish] { finish({}); }));
  world_.api().ask(
      host_.index(), object, false,
      [object](ApiModel& model) { return model.handle(object, core::Request{}); },
      [this, life = host_.life(), finish](const Answer& answer) {
        host_.handle(life, Inbox::kAnswers, [finish, answer] { finish(answer); });
      });
}

void OtherKinds::answered(std::size_t index, const Answer& answer) {
  switch (answer.outcome) {
    case Outcome::kOk:
    case Outcome::kNotFound:
      others_.observe(index, answer.object, own_(), host_.local());
      break;
    default:
      // A server that answers 403 for a while does not mean a missing permission.
      others_.failed(index, host_.local().boot);
  }
  on_look_();
}

void OtherKinds::arm(bool leading) {
  const auto wake = others_.next_wake(leading);
  if (!wake || (armed_for_ && *armed_for_ <= *wake)) return;
  armed_for_ = *wake;
  world_.schedule().at(host_.clock().when(*wake),
                       host_.in_process(Inbox::kTimers, [this, at = *wake] {
                         if (armed_for_ != at) return;
                         armed_for_.reset();
                         on_look_();
                       }));
}

}  // namespace elector::tests
