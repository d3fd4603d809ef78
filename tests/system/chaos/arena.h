// SPDX-License-Identifier: Apache-2.0
// Where it happens: a server, candidates, and the faults of the plan carried out on them when their
// time has come.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/system/chaos/contestant.h"
#include "tests/system/chaos/lateness.h"
#include "tests/system/chaos/lock_object.h"
#include "tests/system/chaos/plan.h"
#include "tests/system/chaos/vacancy.h"

namespace elector::tests::chaos {

struct ArenaSetup {
  std::string kubeconfig;  // of a real server; "" for the test server
  std::string lock = "leases";
  int candidates = 5;
  std::chrono::seconds ttl{2};  // of most of them; now and then one has twice that
  // Commands that restart and freeze a real server; the seconds are appended. "" if not given.
  std::string restart_command;
  std::string freeze_command;
  std::string logs;  // a folder
};

// What was done to which candidate, for the evidence and the summary.
struct Deed {
  Instant at;
  Fault fault;
  std::string who;  // a candidate's name; "" for the server or the object
  Span length;
};

class Arena {
 public:
  explicit Arena(const ArenaSetup& setup);
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  void start(std::uint64_t dice);
  // Carries the fault out, or passes it over where it does not fit: the one is stopped already, the
  // server is away.
  void inflict(const Planned& planned);
  // Undoes faults that have lasted long enough and restarts candidates that have ended. Call often.
  void tick();
  // Undoes everything, and lets all live.
  void heal();
  // Ends all candidates in order.
  void stop();

  History history();
  // What candidates themselves did wrong: crashes, answers, lost fields.
  Findings misdeeds();
  // After stop(): lines on standard output and events of GET /watch, against the holders that the
  // test server saw.
  Findings wrong_lines(const History& history, const std::vector<Write>& writes) const;
  // Only the test server has them.
  std::vector<Write> writes() const;
  // Invariants 1 and 6 by what the server saw of the lock, after the history was taken.
  Findings wrong_by(const History& history, const std::vector<Write>& writes) const;
  Surroundings surroundings() const;
  const std::vector<Disturbance>& disturbances() const { return disturbances_; }
  const std::vector<Deed>& deeds() const { return deeds_; }
  std::set<Fault> kinds_done() const;
  VacancyRules vacancy_rules() const;
  // Until when candidates were meant to lead: now, or when they were stopped.
  Instant judged_to() const { return stopped_ == kNever ? BootClock::now() : stopped_; }
  std::size_t passed_over() const { return passed_over_; }
  std::size_t answers() const;
  std::size_t beats() const;
  std::size_t edits() const { return object_->edits(); }
  Span worst_lateness() const { return lateness_.worst(); }
  bool is_real() const { return cluster_.is_real(); }

 private:
  // Between two faults to one process: elector, guard and child meet theirs one at a time, since
  // nothing is promised of two that are killed or stopped in one instant.
  static constexpr Span kApart = std::chrono::milliseconds(1500);

  // Something to be done later; it returns false when it cannot be done yet.
  struct Later {
    Instant at;
    std::function<bool()> act;
  };
  struct State {
    std::unique_ptr<Contestant> contestant;
    Instant process_free{};     // no other fault to its process before
    Instant way_free{};         // and none to its way
    Instant credential_free{};  // and none to its credentials
    std::optional<Instant> restart_at{};
    std::optional<std::size_t> down{};  // the disturbance that lasts while it is not alive
    std::set<int> expected_codes{};     // what it may exit with after what was done to it
    Instant told_to_end = kNever;
    std::uint64_t dice = 0;
  };

  bool process_fault(State& state, int number, const Planned& planned);
  bool stop_mid_write(State& state, int number, const Planned& planned);
  bool namesake_fault(State& state, int number, const Planned& planned);
  bool exec_fault(State& state, int number, const Planned& planned);
  bool way_fault(State& state, int number, const Planned& planned);
  bool server_fault(const Planned& planned);
  bool restart_or_freeze(const Planned& planned);
  bool real_server_fault(const Planned& planned);
  bool watch_fault(const Planned& planned);
  bool object_fault(const Planned& planned);
  bool credential_fault(State& state, int number, const Planned& planned);
  bool change_certificate(State& state, int number, const Planned& planned);
  bool hand_fault(const Planned& planned);

  // Has `elector resign` ask the leader; to: --to's.
  void resign(const std::string& to, bool force);
  std::string last_renewal(const std::string& holder) const;
  // Candidate numbers: of the present or last leader, and of the intended candidate.
  int leader() const;
  int target(const Planned& planned) const;
  int writer(int number, std::uint64_t dice) const;
  // Nothing has befallen the candidate or its way just now.
  bool is_free(int number) const;
  bool replace(State& state, int number);
  void add_candidate(int number, const Server& server);
  std::map<std::string, Span> record_durations(const Contestant& observer) const;
  bool server_answers() const { return !server_away_; }
  void later(Span after, std::function<bool()> act);
  std::size_t disturb(const Planned& planned, int candidate, Span length, bool delays);
  void mark_down(State& state, int number, const std::string& what);
  void look_after(State& state, int number);
  void restart_later(State& state) const;
  void begin_life(State& state, std::uint64_t dice);
  void judge_exit(const State& state, int code);
  void server_is_back();

  const ArenaSetup setup_;
  Cluster cluster_;
  TempDir dir_;
  ElectionName election_;
  std::unique_ptr<LockObject> object_;
  // The candidates, and as many others with the same names, in the same order, each of which runs
  // now and then.
  std::vector<State> states_;
  int candidates_;
  std::vector<Later> later_;
  std::vector<std::function<bool()>> hunts_;  // called all the time, until they return true
  std::vector<Disturbance> disturbances_;
  std::vector<ForeignChange> foreign_;
  std::vector<Deed> deeds_;
  Findings misdeeds_;
  std::vector<std::unique_ptr<Process>> hands_;  // commands under way
  Instant server_free_{};
  bool server_away_ = false;
  bool healing_ = false;
  Instant stopped_ = kNever;
  std::size_t passed_over_ = 0;
  Lateness lateness_;
};

}  // namespace elector::tests::chaos
