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
#include <optional>
#include <string>
#include <vector>

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

// Why a term ended without the owner's wish.
enum class LossReason {
  kDeadline,   // no renewal was proven within the renew deadline
  kTaken,      // the lock names another holder
  kForced,     // `resign --force` cleared the record
  kClockJump,  // the wall clock ran ahead of CLOCK_BOOTTIME: this machine was paused from outside
};

// What wants the owner's work to stop in good order.
enum class StopReason {
  kWish,     // the owner's own stand(false)
  kRequest,  // `resign`; the owner goes on standing, and is elected again later
};

struct Report {
  enum class Kind {
    kLeaderChanged,  // `name` leads as far as an observer may say; "" for nobody
    kElected,        // this process leads; `token`, `hold_until`, `gone_by`
    kRenewed,        // the hold was extended to `hold_until`; `gone_by`
    kStopWork,       // `stop` says why: stop the work, then call work_stopped(); for kRequest
                     // `name` is who should lead next, if that was said
    kLost,      // the hold is over (`loss`, `name` = the new holder if known): the work must be
                // gone by `gone_by`; then call work_stopped()
    kReleased,  // the lock was given back, or is no longer ours
    kReleaseFailed,  // it could not be given back: it may name us until `hold_until`
    kRequestFailed,  // `text`: the API's words; `outcome`; for the log and the exit code
    kNotice,         // `text`: something worth a line in the log
  };
  Kind kind = Kind::kNotice;
  std::string name{};
  std::string token{};
  BootTime hold_until{};
  // hold_until + (K - D) of this term's timing, which a record that was taken over may have
  // shortened against the configured one.
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
  std::string leader;      // "" when nobody, or nobody known, leads
  bool is_leader = false;  // this process, its hold not over and not stepping down
  // The lock is waited out, although nobody is known to lead: its holder's record was over by its
  // own times when it was first seen, and has not changed since; or it names nobody, and was not
  // released in form.
  bool seems_dead = false;
  bool observed = false;               // every lock object has been read at least once
  Content content = Content::kAbsent;  // what the (primary) lock was last seen to hold
  std::optional<Record> record;        // its record, if it is one
  std::optional<BootTime>
      expires_at{};        // when the leader's hold (ours) or record (another's) runs out
  BootTime observed_at{};  // when the (primary) lock was last seen
  std::string token;       // the fencing token; "" unless this process leads
};

class Election {
 public:
  explicit Election(Config config);

  // Begins: reads the locks. Call once, before everything else.
  void start(Now now);

  // A watch event, or anything else that shows the lock object as it is or was.
  void observe(std::size_t lock, const Observation& seen, Now now);

  // Whether changes of this lock object arrive by themselves (a watch is established). While they
  // do not, the election polls once every retry period.
  void watching(std::size_t lock, bool established, Now now);

  // The watch of this lock object has a gap: what happened in it is not shown any more, a deletion
  // for example. The object is read.
  void missed_events(std::size_t lock, Now now);

  // The one answer to a request.
  void answer(const Answer& answer, Now now);

  // Time has passed; at least at next_wake().
  void tick(Now now);

  // Whether the owner wants to lead; false until said. stand(false) in office reports kStopWork and
  // goes on renewing until work_stopped(); then the lock is released.
  void stand(bool wish, Now now);

  // The owner's work of the term that was reported as kElected is gone, descendants included.
  void work_stopped(Now now);

  std::vector<Request> take_requests();
  std::vector<Report> take_reports();
  // When tick() is wanted next; nothing when only an event can change anything.
  std::optional<BootTime> next_wake() const;

  // True while this process holds the lock: elected, and `now` before the end of its hold. It stays
  // true while the owner's work is being stopped on stand(false).
  bool holds(Now now) const;
  BootTime hold_until() const;
  View view(Now now) const;
  // True when nothing of ours is in the lock or on its way there: it is safe to exit.
  bool at_rest() const;

 private:
  enum class Phase {
    kFollowing,  // reads, waits, and stands when the lock is free
    kAcquiring,  // a term is being written into the lock or locks
    kLeading,    // in office, until the hold ends or the owner's work has stopped on stand(false)
    kReleasing,  // gives back what is ours: after office, or half of a multi-lock
  };

  struct InFlight {
    std::uint64_t request = 0;
    Verb verb = Verb::kGet;
    std::string version{};  // what a write was based on
    BootTime sent_at{};
  };

  // One lock object and what is going on with it.
  struct Lock {
    LockTracker tracker;
    Duration precision{};
    bool watched = false;
    bool read_wanted = false;  // a GET must say how things stand
    // A write of ours was not answered, and may still land while this is the lock's version; ""
    // where it is absent.
    std::optional<std::string> may_land_on{};
    bool confirmed = false;       // what the tracker shows was read, not only told by an event
    BootTime not_before{};        // the earliest moment for the next request after a failure
    BootTime last_look{};         // the last GET's sending, or when the watch was lost
    BootTime last_hold{};         // the sending of the last write that holds the lock
    std::optional<Now> proven{};  // the sending of the present term's last proven write
    bool namesake = false;        // it names us, but another process wrote that
    int failures = 0;             // requests in a row that did not get through
    std::optional<InFlight> in_flight{};

    bool is_writing() const { return in_flight && in_flight->verb != Verb::kGet; }
  };

  // The term that is being acquired, held or given back; the last one while following.
  struct Term {
    std::uint64_t number = 0;
    Timing timing{};
    BootTime began{};
    WallTime acquire_time{};
    std::int64_t transitions = 0;
    std::string token{};
    Duration wall_lead{};  // the largest that any write of the term was dated by
  };

  // What to do now, given all that is known; called after every input. One function for each phase.
  void step(Now now);
  void follow(Now now);
  void acquire(Now now);
  void lead(Now now);
  void give_back(Now now);

  // From phase to phase.
  void begin_term(Now now);
  void abandon_term(Now now);
  void take_office(Now now);
  void lose(LossReason reason, Now now);
  void begin_release();
  void end_release(bool clean, Now now);

  // Being asked to resign.
  void heed_request();
  void step_down(StopReason reason, std::string successor);
  bool concerns_us(const ResignRequest& request) const;
  bool is_asked(const Lock& lock) const;
  std::optional<ResignRequest> resign_to_write(const Lock& lock, const Request& request) const;
  void bar_if_resigned(Now now);
  BootTime turn_at() const;

  // What inputs mean.
  void check_hold(Now now);
  Change note_observation(Lock& lock, const Observation& seen, Source source, Now now);
  void note_namesake(Lock& lock);
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

  // True from `at` on; before it, asks to be woken then.
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
  BootTime office_after_{};  // not in office before this, after a deletion that our create met
  BootTime stand_after_{};   // not before this, after half of a multi-lock was vacated
  bool resigned_ = false;    // the present term ends because somebody asked for it, or forced it
  BootTime barred_until_{};  // not before this, after such a term, until another has led
  std::string reported_leader_{};
  std::uint64_t last_request_ = 0;
  std::optional<BootTime> wake_{};
  std::vector<Request> requests_{};
  std::vector<Report> reports_{};
};

}  // namespace elector::core
