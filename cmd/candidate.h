// One candidate: the election core, wired to the Kubernetes client and the event loop. Everything
// that `run` and `exec` have in common; what they do with leadership is their own.
//
// Passive, on the Poller. The owner is told of everything by reports (core::Report) and answers
// with stand(), work_stopped() and, before it exits, by waiting for at_rest().
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

#include "cmd/clock_watch.h"
#include "cmd/log.h"
#include "cmd/request_failures.h"
#include "core/election.h"
#include "core/other_locks.h"
#include "core/wait_notice.h"
#include "kube/client.h"
#include "kube/lock_client.h"
#include "kube/lock_kind.h"
#include "kube/lock_request.h"
#include "kube/poller.h"

namespace elector::cmd {

// Both clocks, now.
core::Now now();

struct CandidateSetup {
  std::string election;                    // the lock object's name
  std::string name_space;                  // and its namespace
  std::string identity;                    // holderIdentity
  std::string lock_name;                   // as --lock names the kind or kinds
  std::vector<kube::LockKind> lock_kinds;  // one, or two for a multi-lock, the primary first
  bool lock_kind_given = false;  // the user chose the kind: another kind's election is a warning
  core::Timing timing;
  std::string rbac_command;    // prints the rights that all of it takes; for the log
  std::string resign_command;  // frees the lock; likewise
};

class Candidate {
 public:
  using ReportCallback = std::function<void(const core::Report&)>;
  using RenewalCallback = std::function<void(core::Outcome outcome, core::Duration took)>;

  // Poller, client and log must outlive this.
  Candidate(kube::Poller& poller, kube::Client& client, const Log& log, CandidateSetup options,
            ReportCallback on_report);
  ~Candidate();
  Candidate(const Candidate&) = delete;
  Candidate& operator=(const Candidate&) = delete;

  // Begins to read the lock. Standing begins with stand(true).
  void start();
  // Whether the owner wants to lead. The candidate may still hold back, while an election of the
  // same name lives on another lock kind.
  void stand(bool wish);
  void work_stopped();

  const CandidateSetup& setup() const { return options_; }
  // `callback` is told of each answer to a write that renews the lock; see core::Outcome.
  void observe_renewals(RenewalCallback callback) { on_renewal_ = std::move(callback); }

  // A 403 showed that this is missing: logs it, once, and the command that prints the Role.
  // needed: without it the election cannot go on.
  void log_missing(const kube::Permission& missing, bool needed);
  // The lock object as it was read last; null if it never was, or is not there.
  const std::shared_ptr<const std::string>& last_object(std::size_t lock) const {
    return last_objects_.at(lock);
  }

  // Whether this process is fit to lead, true until said: an unfit one does not stand, and steps
  // down in order.
  void set_fit(bool fit);
  // While held, the lock is not given back: something of the term is still to be undone. Whoever
  // holds the release must end that soon.
  void hold_release(bool hold);

  core::View view() const { return election_.view(now()); }
  bool holds() const { return election_.holds(now()); }
  bool at_rest() const { return election_.at_rest(); }
  // Whether each lock object's changes arrive by themselves.
  bool watching() const { return watched_.size() == options_.lock_kinds.size(); }
  // True while no kind of request is failing.
  bool api_answers() const { return failures_.none(); }
  // True when it stands, knows the lock, and has nothing under way that could get it.
  bool has_tried() const {
    return standing_ && election_.view(now()).observed && election_.at_rest();
  }
  // As set_fit() said.
  bool fit() const { return fit_; }
  // Whether it holds back because of another lock kind, and why.
  core::OtherLocks::Verdict others() const {
    return options_.lock_kind_given ? core::OtherLocks::Verdict::kClear : other_locks_.verdict();
  }
  // The other kind that has an election of the same name; "" for none.
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
  void settle_wish();
  void look_at_other_locks();
  void read_other_lock(std::size_t index);
  void note_other_lock(std::size_t index, const core::Answer& answer);
  void log_other_locks();
  void log_failed_look(std::size_t index, const std::string& cause);
  void log_wait();
  void log_strategy(const std::string& strategy);
  void log_failure(const core::Report& report);
  void log_recovery(bool recovered);
  void note_answer(const core::Answer& answer);
  std::string remedy(bool needed);
  // recovered: it came with an answer that ended a row of failed requests.
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
  std::unique_ptr<kube::LockClient> lock_client_;
  ClockWatch clock_watch_;
  std::vector<std::shared_ptr<const std::string>> last_objects_;
  std::set<std::size_t> watched_;
  std::set<std::string> missing_said_;
  bool remedy_said_ = false;
  bool remedy_said_for_needed_ = false;
  bool watch_forbidden_ = false;  // just told, and the notice is still to come
  bool wish_ = false;             // the owner's
  bool fit_ = true;
  bool standing_ = false;  // what the election was told
  bool leading_ = false;
  bool pumping_ = false;
  bool release_held_ = false;
  bool work_stopped_ = false;  // the owner's call, kept back while the release is held
  std::map<std::size_t, kube::Client::Id> reads_;  // of other kinds, under way
  std::string other_lock_found_;        // the other kind that was last said to be live; "" for none
  std::set<std::size_t> looks_failed_;  // the other kinds that could not be read, which was said
  RequestFailures failures_;
  std::map<std::uint64_t, Asked> asked_;  // requests without an answer yet
  kube::Poller::TimerId timer_ = 0;
};

}  // namespace elector::cmd
