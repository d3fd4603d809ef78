// SPDX-License-Identifier: Apache-2.0
// The election of one candidate, as a state machine without I/O.
//
// It is told what happened (observe, answer, watching, tick), what its owner wishes (stand) and
// that the owner's work has ended (work_stopped); it says what to send (take_requests), what to
// tell the owner (take_reports) and when it wants to be woken (next_wake). It opens no socket,
// reads no clock and draws no randomness but from the seed it is given, so the simulator runs this
// very code.
//
// Why there is one leader: a leader holds from the moment it *sent* its last proven write for D; a
// follower waits the record's whole duration L > D from the moment it *saw* the record change;
// every write is a compare-and-swap; and a write is proven only by the record and the nonce it
// carried.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/hourly.h"
#include "core/lock_tracker.h"
#include "core/record.h"
#include "core/request.h"
#include "core/stampede.h"
#include "core/time.h"
#include "core/timing.h"

namespace elector::core {

struct Config {
  std::string identity{};  // holderIdentity; not empty
  std::string instance{};  // random per process, at least 64 bits, as text
  Timing timing{};         // must pass Timing::check()
  // One entry for a single lock, two for a multi-lock (the primary first): the precision at which
  // that lock's record keeps times (1us for a Lease, 1s for the annotation).
  std::vector<Duration> lock_precisions{};
  std::uint64_t seed = 0;  // for nonces and delays; must differ from process to process
};

// Why a term ended although the owner did not ask for it.
enum class LossReason {
  kDeadline,   // no renewal was proven within the renew deadline
  kTaken,      // the lock names another holder
  kForced,     // `resign --force` cleared the record
  kClockJump,  // the wall clock ran ahead of CLOCK_BOOTTIME: this machine was paused from outside
};

// Why the owner must stop its work in an orderly way.
enum class StopReason {
  kWish,     // the owner's own stand(false)
  kRequest,  // `resign`; the owner keeps standing and may be elected again later
};

struct Report {
  enum class Kind {
    kLeaderChanged,  // `name` leads, as far as an observer may say; "" if no leader is known
    kElected,        // this process leads; `token`, `hold_until`, `gone_by`
    kRenewed,        // the hold was extended to `hold_until`; `gone_by`
    kStopWork,       // `stop` is the reason: stop the work, then call work_stopped(); for kRequest
                     // `name` is the requested successor, "" for any
    kLost,      // the hold is over (`loss`; `name` is the new holder if known): the work must be
                // gone by `gone_by`; then call work_stopped()
    kReleased,  // the lock was released, or no longer names this process
    kReleaseFailed,  // the release failed: the lock may name this process until `hold_until`
    kRequestFailed,  // `text`: the API's words; `outcome`; for the log and the exit code
    kNotice,         // `text`: something worth a line in the log
  };
  Kind kind = Kind::kNotice;
  std::string name{};
  std::string token{};
  BootTime hold_until{};
  // hold_until + (K - D) of this term's timing. A record that was taken over may have shortened
  // that timing compared with the configured one.
  BootTime gone_by{};
  LossReason loss = LossReason::kDeadline;
  StopReason stop = StopReason::kWish;
  Outcome outcome = Outcome::kOk;
  Verb verb = Verb::kGet;
  std::size_t lock = 0;
  std::string text{};
};

// What this process may say about the election at one moment.
struct View {
  std::string leader;      // "" when no candidate leads or the leader is not known
  bool is_leader = false;  // this process leads: its hold is not over and it is not stepping down
  // The lock is being waited out although no leader is known: its holder's record was over by its
  // own times when it was first seen and has not changed since, or the record names no holder and
  // was not released in form.
  bool seems_dead = false;
  bool observed = false;               // every lock object has been read at least once
  Content content = Content::kAbsent;  // what the (primary) lock was last seen to hold
  std::optional<Record> record;        // its record, for Content::kRecord
  std::vector<std::string> unread{};   // fields of the record; see Observation
  std::string strategy{};              // see Observation
  std::optional<BootTime> free_at{};   // when another's record runs out on every lock object
  std::optional<BootTime>
      expires_at{};        // when this process's hold, or another leader's record, runs out
  BootTime observed_at{};  // when the (primary) lock was last seen
  std::string token;       // the fencing token; "" unless this process leads
};

class Election {
 public:
  explicit Election(Config config);

  // Starts the election by reading the locks. Must be called once, before everything else.
  void start(Now now);

  // Takes a watch event, or anything else that shows the lock object as it is or was.
  void observe(std::size_t lock, const Observation& seen, Now now);

  // Sets whether changes of this lock object arrive by themselves (a watch is established).
  // Otherwise the election polls once every retry period.
  void watching(std::size_t lock, bool established, Now now);

  // The watch of this lock object has a gap: events in it, for example a deletion, will not be
  // shown. Has the object read.
  void missed_events(std::size_t lock, Now now);

  // Takes the one answer to a request.
  void answer(const Answer& answer, Now now);

  // Reports that time has passed. Must be called at next_wake() at the latest.
  void tick(Now now);

  // Sets whether the owner wants to lead; false at first. stand(false) while leading reports
  // kStopWork and keeps renewing until work_stopped(); then the lock is released.
  void stand(bool wish, Now now);

  // The owner's work of the term that was reported as kElected is gone, descendants included.
  void work_stopped(Now now);

  std::vector<Request> take_requests();
  std::vector<Report> take_reports();
  // Returns when tick() must be called next; nothing if only an event can change anything.
  std::optional<BootTime> next_wake() const;

  // True while this process holds the lock: elected, and `now` before the end of its hold. It stays
  // true while the owner's work is being stopped on stand(false).
  bool holds(Now now) const;
  BootTime hold_until() const;
  View view(Now now) const;
  // True when no write of this process is in the lock or on its way there: it is safe to exit.
  bool at_rest() const;

 private:
  enum class Phase {
    kFollowing,  // reads, waits, and stands when the lock is free
    kAcquiring,  // a term is being written into the lock or locks
    kLeading,    // in office, until the hold ends or the owner's work has stopped on stand(false)
    kReleasing,  // releases what this process holds: after office, or half of a multi-lock
  };

  struct InFlight {
    std::uint64_t request = 0;
    Verb verb = Verb::kGet;
    std::string version{};  // what a write was based on
    BootTime sent_at{};
  };

  // One lock object and the state of this candidate's dealings with it.
  struct Lock {
    LockTracker tracker;
    Duration precision{};
    bool watched = false;
    bool read_wanted = false;  // the state of the lock must be confirmed by a GET
    // A write of this process was not answered, and may still land while this is the lock's
    // version; "" for an absent object.
    std::optional<std::string> may_land_on{};
    bool confirmed = false;       // what the tracker shows was read, not only reported by an event
    BootTime not_before{};        // the earliest time for the next request after a failure
    BootTime last_look{};         // when the last GET was sent, or the watch was lost
    BootTime last_hold{};         // when the last write that holds the lock was sent
    std::optional<Now> proven{};  // when the present term's last proven write was sent
    bool namesake = false;        // names this identity, but was written by another process
    std::string namesake_instance{};  // of that process; "" if it is not elector
    std::optional<WallTime> namesake_renew_time{};
    int failures = 0;  // consecutive requests that failed
    std::optional<InFlight> in_flight{};

    bool is_writing() const { return in_flight && in_flight->verb != Verb::kGet; }
  };

  // The term that is being acquired, held or released; while following, the last one.
  struct Term {
    std::uint64_t number = 0;
    Timing timing{};
    BootTime began{};
    WallTime acquire_time{};
    std::int64_t transitions = 0;
    std::string token{};
    Duration wall_lead{};  // the largest wall_lead() that dated any write of the term
  };

  // Acts on all that is known. Called after every input; one function for each phase.
  void step(Now now);
  void follow(Now now);
  void acquire(Now now);
  void lead(Now now);
  void give_back(Now now);

  // Transitions between phases.
  void begin_term(Now now);
  void abandon_term(Now now);
  void take_office(Now now);
  void lose(LossReason reason, Now now);
  bool may_give_back(Now now) const;
  void begin_release();
  void end_release(bool clean, Now now);

  // Requests to resign.
  void heed_request();
  void step_down(StopReason reason, std::string successor);
  bool concerns_us(const ResignRequest& request) const;
  bool is_asked(const Lock& lock) const;
  std::optional<ResignRequest> resign_to_write(const Lock& lock, const Request& request) const;
  void bar_if_resigned(Now now);
  BootTime turn_at() const;

  // Interpretation of the inputs.
  void check_hold(Now now);
  Change note_observation(Lock& lock, const Observation& seen, Source source, Now now);
  void note_namesake(Lock& lock, Now now);
  void note_tampering(Lock& lock, Now now);
  void notice(const Lock& lock, const std::string& kind, std::string text, Now now);
  void note_vacancy(Now now);
  void prove(Lock& lock, Now now);
  void settle_read(Lock& lock, const Answer& answer, Now now);
  void settle_write(Lock& lock, const InFlight& asked, const Answer& answer, Now now);
  void fail(Lock& lock, Verb verb, const Answer& answer, Now now);
  Duration backoff(const Lock& lock, const Answer& answer, Now now);

  // Requests.
  void look_if_wanted(Lock& lock, Now now);
  void poll(Lock& lock, Now now);
  void keep(Lock& lock, Now now);
  void send_read(Lock& lock, Now now);
  void send_write(Lock& lock, const Record& record, Now now);
  Record holding_record(Now now);
  Duration request_timeout() const;

  // Facts.
  BootTime gone_by() const;
  std::size_t index_of(const Lock& lock) const;
  bool all_known() const;
  bool vacant(Now now) const;
  bool seems_dead() const;
  bool waits_out_nobody(Now now) const;
  BootTime free_at(const Lock& lock) const;
  bool is_ours(const Lock& lock) const;
  bool is_own_leftover(const Lock& lock) const;
  bool shows_ours(const Lock& lock) const;
  bool may_be_ours(const Lock& lock) const;
  bool wall_clock_jumped(Now now) const;
  Duration wall_clock_jump(Now now) const;
  std::string common_holder() const;
  std::string leader_name(Now now) const;

  // True from `at` on; before that, schedules a wake-up at `at`.
  bool due(BootTime at, Now now);
  void report(Report what) { reports_.push_back(std::move(what)); }
  void report_leader(Now now);

  Config config_;
  Random random_;
  Stampede stampede_;
  std::vector<Lock> locks_{};
  Phase phase_ = Phase::kFollowing;
  Term term_;
  bool wish_ = false;
  bool work_runs_ = false;      // from kElected until work_stopped()
  bool stepping_down_ = false;  // kStopWork was reported for this term
  std::optional<BootTime> vacant_since_{};
  BootTime try_at_{};                 // when to write at this vacancy
  std::optional<Duration> conflict_;  // how long our refused write at this vacancy took
  BootTime office_after_{};           // no office before this, after a deletion that our create met
  BootTime stand_after_{};   // no candidacy before this, after releasing half of a multi-lock
  bool resigned_ = false;    // the present term ends by a request to resign, or by force
  BootTime barred_until_{};  // no candidacy before this, after such a term, until another has led
  std::string reported_leader_{};
  std::map<std::string, Hourly> notices_{};  // by kind
  std::uint64_t last_request_ = 0;
  std::optional<BootTime> wake_{};
  std::vector<Request> requests_{};
  std::vector<Report> reports_{};
};

}  // namespace elector::core
