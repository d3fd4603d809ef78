// SPDX-License-Identifier: Apache-2.0
// A host whose process is elector: the shipping core::Election in a shell that does what cmd/ and
// kube/ do, on simulated time and network.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/election.h"
#include "tests/protocol/sim/host.h"
#include "tests/protocol/sim/labeller.h"
#include "tests/protocol/sim/other_kinds.h"
#include "tests/protocol/sim/owner.h"
#include "tests/protocol/sim/tally.h"
#include "tests/protocol/sim/watcher.h"
#include "tests/protocol/sim/witness.h"

namespace elector::tests {

class Candidate final : public Host {
 public:
  Candidate(World& world, std::size_t index);

  // ---- Wishes

  void leave(core::Duration away);  // SIGTERM: the orderly end; comes back after `away`
  void be_unfit(core::Duration for_how_long);

  // ---- What else happens to it

  Owner& owner() { return owner_; }
  void freeze();  // elector, its guard and its command are stopped together
  void unfreeze();

  // Closes watches that have been silent for too long.
  void suspect_watches();
  void lose_watches();
  void machine_dies();

  // ---- For the checks

  bool claims() const override { return election_ && election_->holds(local()); }
  bool works() const override { return owner_.runs(); }
  // Whether its present process has work.
  bool works_now() const { return owner_.works_now(); }
  const Owner& owner() const { return owner_; }
  // Whether it wants to lead, and has passed that to the election.
  bool wants_to_lead() const { return election_ && standing_; }
  bool stands() const override {
    return wants_to_lead() && !leaving_ && !owner_.busy() && !release_held();
  }
  bool watches() const;
  const core::Election* election() const { return election_ ? &*election_ : nullptr; }
  const Witness* witness() const { return witness_ ? &*witness_ : nullptr; }
  const std::string& instance() const { return instance_; }
  const std::string& said() const { return said_; }  // the leader it last reported to its user
  std::uint64_t terms() const { return terms_; }     // how many this host was elected for
  Ending ending() const { return ending_; }          // of the last term
  Real elected_at() const { return elected_at_; }
  std::uint64_t token() const { return token_; }  // of the last term
  // Whether a write of its own that holds this object, and whose fate it does not know, would still
  // land on this version.
  bool may_still_hold(std::size_t object, const std::string& version) const;
  // When the present process sent the write with this nonce, which holds a lock object.
  std::optional<core::BootTime> sent_at(const std::string& nonce) const {
    const auto it = sent_at_.find(nonce);
    return it == sent_at_.end() ? std::nullopt : std::optional(it->second.boot);
  }
  std::optional<Real> really_sent_at(const std::string& nonce) const {
    const auto it = sent_at_.find(nonce);
    return it == sent_at_.end() ? std::nullopt : std::optional(it->second.real);
  }
  // From kElected until the end of the term was reported to it.
  bool in_office() const { return in_office_; }
  // Whether the present term's work was asked to stop.
  bool told_to_stop() const { return told_to_stop_; }
  // Whether its machine was paused from outside during this hold, and nothing has shown that (yet),
  // or its work was not informed.
  bool pause_hides_claim() const;
  bool pause_hides_work() const;
  // Whether its machine was paused with its wall clock standing still too, so that a renewal may
  // look unchanged to a client that compares whole seconds.
  bool pause_hides_renewal() const;
  // Within the last lease by its own clock.
  bool was_paused_of_late() const;

 private:
  struct Asked {
    std::size_t lock = 0;
    core::Verb verb = core::Verb::kGet;
  };

  // A write that holds a lock object, while it may still be applied; owned by the request. One that
  // succeeded may be applied again, by a proxy that repeats it; its author cannot know that.
  struct Underway {
    std::uint64_t request = 0;
    std::size_t object = 0;
    std::string version{};  // "" for a POST
    bool succeeded = false;
  };

  void on_boot() override;
  void on_crash() override;
  void on_resume() override;
  void on_thaw(core::Duration paused) override;
  void on_wall_step(core::Duration by) override;
  void on_rate_change() override;

  template <typename Input>
  void enter(Input input);
  void pump();
  void settle_wish();
  void work_stopped();
  bool release_held() const { return labeller_ && labeller_->holds_release(); }
  void exit_if_at_rest();
  void note_hold(core::BootTime until);
  void on_report(const core::Report& report);
  void log_report(const core::Report& report);
  void send(const core::Request& request);
  void expire(std::uint64_t request, core::BootTime limit);
  void finish(std::uint64_t request, core::Answer answer);
  void event(std::size_t lock, const core::Observation& seen);
  void arm_timer();
  void timer(Real armed_for);

  std::optional<core::Election> election_{};
  std::optional<Witness> witness_{};
  std::string instance_{};
  std::vector<std::unique_ptr<Watcher>> watchers_{};
  std::map<std::uint64_t, Asked> asked_{};  // requests without an answer
  std::vector<std::weak_ptr<Underway>> underway_{};
  struct Sent {
    core::BootTime boot;
    Real real;
  };
  std::map<std::string, Sent> sent_at_{};  // by nonce
  Owner owner_;
  std::optional<Labeller> labeller_{};
  std::optional<OtherKinds> others_{};
  bool pumping_ = false;
  bool work_stopped_ = false;  // but the release must wait
  bool in_office_ = false;
  bool told_to_stop_ = false;
  core::Duration unseen_pause_{};  // since the last write that was sent after a pause and proven
  core::Duration told_{};          // how much of it the wall clock has shown since
  core::BootTime thawed_at_{};
  Real lost_at_{};
  bool paused_after_loss_ = false;
  std::optional<Real> timer_at_{};
  bool wish_ = false;
  bool fit_ = true;
  std::uint64_t fitness_ = 0;  // how often it changed
  bool standing_ = false;      // as last passed to the election
  bool leaving_ = false;       // asked to end
  bool exiting_ = false;
  core::Duration away_{};
  std::string said_{};
  std::uint64_t terms_ = 0;
  Ending ending_ = Ending::kNone;
  Real elected_at_{};
  std::uint64_t token_ = 0;
  bool released_ = false;  // as it reported, without a write since
  bool writes_ = false;    // a write that holds the lock was sent in the present step
};

}  // namespace elector::tests
