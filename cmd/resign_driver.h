// SPDX-License-Identifier: Apache-2.0
// Asks the leader of one lock object to resign, and follows what happens: connects
// core::Resignation to the API. Passive, on the session's poller.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/error.h"
#include "core/random.h"
#include "core/resignation.h"
#include "kube/lock/lock_client.h"
#include "kube/lock/lock_codec.h"
#include "kube/session.h"

namespace elector::cmd {

class ResignDriver {
 public:
  // The session must outlive this. If the API server says to come back later, a write is retried
  // until `patient_until`.
  ResignDriver(kube::Session& session, kube::LockName lock, core::ResignWish wish,
               core::BootTime patient_until);
  ~ResignDriver();
  ResignDriver(const ResignDriver&) = delete;
  ResignDriver& operator=(const ResignDriver&) = delete;

  // Begins with the lock as just read.
  void start(const core::Observation& first);
  // Whether there is nothing more to wait for.
  bool over() const { return step_.end.has_value() || error_.has_value(); }
  // Gives up unless it is over: sends no further request to the leader. In either case withdraws
  // its own request if it was not acknowledged, so that it is not followed later; blocks for up to
  // two seconds for that.
  void finish();
  // After finish(): the request could not be withdrawn, and may be followed later.
  bool left_behind() const { return left_behind_; }

  // The current step; `end` says how it ended.
  const core::Resignation::Step& step() const { return step_; }
  // What the API refused or failed to do.
  const std::optional<Error>& error() const { return error_; }
  // The leader that was asked; "" before that.
  const std::string& first_leader() const { return resignation_.first_leader(); }
  // Returns what it waits for: "for a to answer".
  std::string waits() const;

 private:
  bool observe(const core::Observation& seen, core::Source source);
  void act();
  void write(core::Resignation::Act act);
  Expected<std::string> body_for(core::Resignation::Act act);
  void on_written(core::Resignation::Act act, const kube::HttpResponse& response);
  void read();
  void read_back(core::Resignation::Act written, Error error);
  void settle_doubt(bool seen);
  void read_soon();
  void watch();
  bool unheard_request_is_there() const;

  kube::Session& session_;
  const kube::LockName lock_;
  const core::ResignWish wish_;
  core::BootTime patient_until_;
  core::Random random_;
  core::Resignation resignation_;
  // A write that may or may not have happened: what it was, and what to report if it did not.
  struct Doubt {
    core::Resignation::Act act;
    Error error;
    bool read_is_older;  // the read in flight was sent before the write
  };

  core::Observation seen_{};
  std::unique_ptr<kube::LockClient> client_{};
  kube::Client::Id writing_ = 0;
  kube::Poller::TimerId poll_timer_ = 0;
  kube::Poller::TimerId wake_timer_ = 0;
  std::uint64_t reads_ = 0;
  bool reading_ = false;
  bool watching_ = false;
  bool finishing_ = false;
  bool left_behind_ = false;
  std::optional<Doubt> doubt_{};
  core::Resignation::Step step_{};
  std::optional<Error> error_{};
};

}  // namespace elector::cmd
