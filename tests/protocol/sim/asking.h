// SPDX-License-Identifier: Apache-2.0
// Asks the leader of one lock object to resign: the shipping core::Resignation in a shell that does
// what cmd/resign_driver.cpp does, on simulated time and network.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/request.h"
#include "core/resignation.h"
#include "core/time.h"
#include "tests/protocol/sim/client.h"
#include "tests/protocol/sim/watcher.h"

namespace elector::tests {

class Host;
class World;

class Asking {
 public:
  // on_change is called on progress. The client must outlive this.
  Asking(World& world, Host& host, Client& client, std::size_t object, core::ResignWish wish,
         core::BootTime patient_until, std::function<void()> on_change);
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;

  void start(const core::Observation& first);
  bool over() const { return step_.end.has_value() || error_.has_value(); }
  // Withdraws the request if the leader has not acknowledged it; on_change follows within two
  // seconds, and then finished() is true.
  void finish();
  bool finished() const { return finished_; }
  // Whether it reported that the request may still be in the lock.
  bool left_behind() const { return left_behind_; }

  const core::Resignation::Step& step() const { return step_; }
  const std::optional<std::string>& error() const { return error_; }
  const std::string& first_leader() const { return resignation_.first_leader(); }

  // ---- For the checks

  std::size_t object() const { return object_; }
  const core::ResignWish& wish() const { return wish_; }
  // What it was shown of the leader before asking it; nothing before there was one.
  const std::optional<core::Observation>& addressed() const { return addressed_; }
  // The lease duration of the record over which its request was last written. Namesakes with other
  // durations write in turn.
  core::Duration asked_over() const {
    return asked_over_.value_or(addressed_->record.lease_duration);
  }
  // When the request, or the cleared record, was first shown to be in the lock, by its own clock.
  std::optional<core::BootTime> landed_at() const { return landed_at_; }
  // How long the object's history was when the last answered request was sent.
  std::size_t confirmed() const { return confirmed_; }
  core::BootTime confirmed_at() const { return confirmed_at_; }
  // Whether one of its writes may still be applied.
  bool write_underway() const;

 private:
  using Act = core::Resignation::Act;

  bool observe(const core::Observation& seen, core::Source source);
  void act();
  void write(Act act);
  Client::Apply apply_of(Act act);
  void written(Act act, const core::Answer& answer);
  void watch();
  void read();
  void read_answered(const core::Answer& answer);
  void read_back(Act written, const std::string& message);
  void settle_doubt(bool seen);
  void read_soon();
  void wake_at(core::BootTime when);
  void settle_finish();
  bool unheard_request_is_there() const;
  std::size_t history_size() const;
  void confirm(std::size_t size, core::BootTime sent);

  // A write whose fate no answer has shown.
  struct Doubt {
    Act act;
    std::string message;
    bool read_is_older;
  };

  World& world_;
  Host& host_;
  Client& client_;
  const std::size_t object_;
  const core::ResignWish wish_;
  core::BootTime patient_until_;
  std::function<void()> on_change_;
  core::Resignation resignation_;
  core::Observation seen_{};
  std::unique_ptr<Watcher> watcher_{};
  bool polls_ = false;  // it has begun to look, with or without a watch
  Client::Id writing_ = 0;
  bool reading_ = false;
  bool watching_ = false;
  bool poll_armed_ = false;
  std::optional<core::BootTime> wake_{};
  bool finishing_ = false;
  bool finished_ = false;
  bool late_ = false;
  bool left_behind_ = false;
  std::optional<Doubt> doubt_{};
  core::Resignation::Step step_{};
  std::optional<std::string> error_{};
  std::optional<core::Observation> addressed_{};
  std::optional<core::Duration> asked_over_{};
  std::optional<core::BootTime> landed_at_{};
  std::size_t confirmed_ = 0;
  core::BootTime confirmed_at_{};
  std::vector<std::weak_ptr<const int>> underway_{};
};

}  // namespace elector::tests
