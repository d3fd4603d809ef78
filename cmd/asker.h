// Asks the leader of one lock object to resign, and follows what comes of it: core::Resignation
// with the API around it. Passive, on the session's poller.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "cmd/session.h"
#include "core/random.h"
#include "core/resignation.h"
#include "kube/error.h"
#include "kube/lock_client.h"
#include "kube/lock_codec.h"

namespace elector::cmd {

class Asker {
 public:
  // The session must outlive this. Where the API asks to come back later, a write is tried again
  // before `patient_until`.
  Asker(Session& session, kube::LockName lock, core::ResignWish wish, core::BootTime patient_until);
  ~Asker();
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;

  // Begins with the lock as it was just read.
  void start(const core::Observation& first);
  // Whether there is nothing more to wait for.
  bool over() const { return step_.end.has_value() || error_.has_value(); }
  // Gives up, if it is not over: from now on nothing is asked any more. In any case takes a request
  // of ours back that nobody has acknowledged, so that it is not followed later; blocks for that,
  // for two seconds at most.
  void finish();
  // After finish(): it could not be taken back, and may be followed later.
  bool left_behind() const { return left_behind_; }

  // As of now; `end` says what came of it.
  const core::Resignation::Step& step() const { return step_; }
  // What the API refused or could not do.
  const std::optional<kube::Error>& error() const { return error_; }
  // Whom it asked; "" before anyone.
  const std::string& first_leader() const { return resignation_.first_leader(); }
  // What is waited for: "for a to answer".
  std::string waits() const;

 private:
  bool observe(const core::Observation& seen, core::Source source);
  void act();
  void write(core::Resignation::Act act);
  kube::Expected<std::string> body_for(core::Resignation::Act act);
  void on_written(core::Resignation::Act act, const kube::HttpResponse& response);
  void read();
  void read_back(core::Resignation::Act written, kube::Error error);
  void settle_doubt(bool seen);
  void read_soon();
  void watch();
  bool unheard_request_is_there() const;

  Session& session_;
  const kube::LockName lock_;
  const core::ResignWish wish_;
  core::BootTime patient_until_;
  core::Random random_;
  core::Resignation resignation_;
  // A write without an answer that says whether it happened: what it was, and what to report if it
  // did not.
  struct Doubt {
    core::Resignation::Act act;
    kube::Error error;
    bool read_is_older;  // the reading that is under way was sent before
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
  std::optional<kube::Error> error_{};
};

}  // namespace elector::cmd
