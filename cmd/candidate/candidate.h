// SPDX-License-Identifier: Apache-2.0
// One candidate: connects the election core to the Kubernetes client and the event loop. `run` and
// `exec` share it and differ in what they do with leadership.
//
// Passive, on the Poller. The owner receives everything as reports (core::Report) and answers with
// stand(), work_stopped() and, before it exits, by waiting for at_rest().
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cmd/candidate/clock_watch.h"
#include "cmd/output/log.h"
#include "core/election.h"
#include "core/hourly.h"
#include "core/other_locks.h"
#include "core/request_failures.h"
#include "core/wait_notice.h"
#include "kube/base/poller.h"
#include "kube/http/client.h"
#include "kube/lock/lock_client.h"
#include "kube/lock/lock_kind.h"
#include "kube/lock/lock_request.h"

namespace elector::cmd {

struct CandidateSetup {
  std::string election;                    // the lock object's name
  std::string name_space;                  // and its namespace
  std::string identity;                    // holderIdentity
  std::string lock_name;                   // as --lock names the kind or kinds
  std::vector<kube::LockKind> lock_kinds;  // one, or two for a multi-lock, the primary first
  bool lock_kind_given = false;  // the user chose the kind: another kind's election is a warning
  core::Timing timing;
  // Returns how to get the permissions that all of it needs, for the log.
  std::function<std::string()> remedy{};
  std::string resign_command{};  // frees the lock; for the log
};

class Candidate {
 public:
  using ReportCallback = std::function<void(const core::Report&)>;
  using RenewalCallback = std::function<void(core::Outcome outcome, core::Duration took)>;

  // Poller, client and log must outlive the candidate.
  Candidate(kube::Poller& poller, kube::Client& client, const Log& log, CandidateSetup options,
            ReportCallback on_report);
  ~Candidate();
  Candidate(const Candidate&) = delete;
  Candidate& operator=(const Candidate&) = delete;

  // Starts reading the lock. The candidate competes only after stand(true).
  void start();
  // Sets whether the owner wants to lead. The candidate may still hold back while an election of
  // the same name is live on another lock kind.
  void stand(bool wish);
  void work_stopped();

  const CandidateSetup& setup() const { return options_; }
  // `callback` is called with each answer to a write that renews the lock; see core::Outcome.
  void observe_renewals(RenewalCallback callback) { on_renewal_ = std::move(callback); }

  // Logs, once per permission, that a 403 showed it to be missing, and the command that prints the
  // Role. needed: the election cannot go on without it.
  void log_missing(const kube::Permission& missing, bool needed);
  // The lock object as last read; null if it was never read or does not exist.
  const std::shared_ptr<const std::string>& last_object(std::size_t lock) const {
    return last_objects_.at(lock);
  }

  // Sets whether this process is fit to lead (initially true). An unfit process does not stand, and
  // a leader that becomes unfit steps down in order.
  void set_fit(bool fit);
  // Delays the release while something from this term (for example the pod's label) must still be
  // undone. The caller must lift the hold promptly.
  void hold_release(bool hold);

  core::View view() const { return election_.view(kube::now()); }
  bool holds() const { return election_.holds(kube::now()); }
  bool at_rest() const { return election_.at_rest(); }
  // Whether every lock object is watched.
  bool watching() const { return watched_.size() == options_.lock_kinds.size(); }
  // True while no kind of request is failing.
  bool api_answers() const { return failures_.none(); }
  // Returns why the last request that failed did; "" before one has.
  const std::string& last_failure() const { return last_failure_; }
  // True if it stands, has read the lock, and has nothing in flight that could acquire it.
  bool has_tried() const {
    return standing_ && election_.view(kube::now()).observed && election_.at_rest();
  }
  // As last set by set_fit().
  bool fit() const { return fit_; }
  // Whether it holds back because of an election on another lock kind, and why.
  core::OtherLocks::Verdict others() const {
    return options_.lock_kind_given ? core::OtherLocks::Verdict::kClear : other_locks_.verdict();
  }
  // The other lock kind with an election of the same name; "" if there is none.
  const std::string& other_lock() const { return other_lock_found_; }

 private:
  struct Asked {
    std::size_t lock = 0;
    core::Verb verb = core::Verb::kGet;
    core::BootTime sent{};
  };

  void pump();
  void handle(const core::Report& report);
  void arm_timer();
  void note_pause();
  void settle_wish();
  void look_at_other_locks();
  void read_other_lock(std::size_t index);
  void note_other_lock(std::size_t index, const core::Answer& answer);
  void log_other_locks();
  void log_failed_look(std::size_t index, const std::string& cause);
  void log_wait();
  void log_clock(std::size_t lock, const core::Observation& seen);
  void log_strategy(const std::string& strategy);
  void log_failure(const core::Report& report);
  void log_recovery(bool recovered);
  void note_answer(const core::Answer& answer);
  std::string remedy(bool needed);
  // recovered: the answer that brought the object ended a series of failed requests.
  void note_object(std::size_t lock, const core::Observation& seen, bool recovered);

  kube::Poller& poller_;
  kube::Client& client_;
  const Log& log_;
  const CandidateSetup options_;
  const ReportCallback on_report_;
  RenewalCallback on_renewal_;
  core::Election election_;
  std::vector<kube::LockKind> other_kinds_;
  core::OtherLocks other_locks_;
  core::WaitNotice wait_notice_;
  bool strategy_said_ = false;
  // By lock: the holder's record, and since when it has been seen.
  std::map<std::size_t, std::pair<core::Observation, core::BootTime>> records_;
  core::Hourly clock_notice_;
  std::unique_ptr<kube::LockClient> lock_client_;
  ClockWatch clock_watch_;
  std::vector<std::shared_ptr<const std::string>> last_objects_;
  std::set<std::size_t> watched_;
  std::set<std::string> missing_said_;
  bool remedy_said_ = false;
  bool remedy_said_for_needed_ = false;
  bool watch_forbidden_ = false;  // just reported; its notice is still to come
  bool wish_ = false;             // the owner's wish to lead
  bool fit_ = true;
  bool standing_ = false;  // as last passed to the election
  bool leading_ = false;
  bool pumping_ = false;
  bool release_held_ = false;
  bool work_stopped_ = false;  // the owner's call, deferred while the release is held
  std::map<std::size_t, kube::Client::Id> reads_;  // of other kinds, in flight
  std::string other_lock_found_;        // the other kind last logged as live; "" for none
  std::set<std::size_t> looks_failed_;  // the other kinds logged as unreadable
  core::RequestFailures failures_;
  std::string last_failure_{};
  std::map<std::uint64_t, Asked> asked_;  // requests without an answer yet
  kube::Poller::TimerId timer_ = 0;
  std::optional<core::BootTime> due_{};  // when timer_ fires
};

}  // namespace elector::cmd
