// SPDX-License-Identifier: Apache-2.0
// Requests of an observer or an asker to the API server: each gets one answer, when its time is
// over at the latest, as kube::Client gives it. If the server asks to come back later, the request
// is sent again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>

#include "core/request.h"
#include "core/time.h"
#include "tests/protocol/model/api_model.h"
#include "tests/protocol/sim/host.h"

namespace elector::tests {

class World;

class Client {
 public:
  using Id = std::uint64_t;
  using Apply = std::function<core::Answer(ApiModel& model)>;
  using Answered = std::function<void(const core::Answer& answer)>;

  // Must live until the host's present process has ended.
  Client(World& world, Host& host) : world_(world), host_(host) {}
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // timeout: for one attempt. patient_until: no attempt begins later than this, by the host's
  // clock.
  Id get(std::size_t object, core::Duration timeout, core::BootTime patient_until,
         Answered answered);
  Id put(std::size_t object, Apply apply, core::Duration timeout, core::BootTime patient_until,
         Answered answered);
  // Cancels a request that waits for its next attempt. Returns false if it is under way.
  bool cancel_postponed(Id id);
  void cancel(Id id) { open_.erase(id); }

  // Calls `what` once, at this time of the host's CLOCK_BOOTTIME or soon after.
  void at(core::BootTime when, Host::Action what);

 private:
  struct Sending {
    std::size_t object = 0;
    bool write = false;
    Apply apply;
    core::Duration timeout{};
    core::BootTime patient_until{};
    Answered answered;
    std::uint64_t attempt = 0;
    bool postponed = false;
  };

  Id send(Sending sending);
  void attempt(Id id);
  void answer(Id id, std::uint64_t attempt, const core::Answer& answer);

  World& world_;
  Host& host_;
  Id last_ = 0;
  std::map<Id, Sending> open_{};
};

}  // namespace elector::tests
