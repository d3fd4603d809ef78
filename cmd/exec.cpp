#include "cmd/exec.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cmd/candidate.h"
#include "cmd/candidate_setup.h"
#include "cmd/child.h"
#include "cmd/command_lookup.h"
#include "cmd/guard_link.h"
#include "cmd/guard_process.h"
#include "cmd/hardening.h"
#include "cmd/log.h"
#include "cmd/rbac.h"
#include "cmd/session.h"
#include "cmd/side_work.h"
#include "cmd/signals.h"

namespace elector::cmd {
namespace {

constexpr int kFailed = 125;     // elector itself
constexpr int kCannotRun = 126;  // the command was found and cannot be executed
constexpr int kNotFound = 127;   // the command was not found
constexpr int kBySignal = 128;   // + the signal that ended it

// Credential plugins end within this loop; their zombies are theirs to take. Others' can wait so
// long.
constexpr core::Duration kReapAfter = std::chrono::milliseconds(200);

// A guard on a busy machine may take its time: with the shortest leases a retry period is no sign.
constexpr core::Duration kLeastPatience = std::chrono::seconds(1);

int exit_code_of(int wait_status) {
  return WIFSIGNALED(wait_status) ? kBySignal + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

std::string signal_name(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name != nullptr ? "SIG" + std::string(name) : "signal " + std::to_string(signal);
}

class Job {
 public:
  Job(Session& session, const Log& log, const ExecOptions& options, Foreground foreground)
      : session_(session),
        log_(log),
        options_(options),
        foreground_(foreground),
        candidate_(session.poller(), session.client(), log,
                   candidate_setup("exec", session, options),
                   [this](const core::Report& report) { on_report(report); }) {}

  kube::Failure open(int socket, pid_t guard);
  int run();

 private:
  void on_report(const core::Report& report);
  void on_elected(const core::Report& report);
  void on_stop_work(const core::Report& report);
  void on_lost(const core::Report& report);
  void on_guard(const GuardReport& report);
  void on_guard_lost(const std::string& why);
  void on_gone();
  void begin_again();
  void on_signal(int signal);
  void on_wait_over();
  bool one_look() const { return options_.wait && *options_.wait <= core::Duration::zero(); }
  void give_up();
  void give_up_if_tried();
  void leave(int code);
  std::string trouble() const;
  std::vector<std::string> variables(const core::Report& report) const;

  Session& session_;
  const Log& log_;
  const ExecOptions& options_;
  const Foreground foreground_;
  Candidate candidate_;
  std::unique_ptr<GuardLink> guard_;
  std::unique_ptr<SideWork> side_work_;
  std::unique_ptr<Signals> signals_;
  std::optional<int> code_;  // what to exit with; set once it is clear that this ends
  bool wait_over_ = false;   // --wait: not elected by now means giving up
  bool outwaited_dead_ = false;
  bool in_office_ = false;       // elected, and neither lost nor asked to stop
  bool job_there_ = false;       // from kBegin to kGone
  bool job_done_ = false;        // the command ended by itself
  bool signalled_ = false;       // TERM or INT began the orderly end
  int stopped_by_ = SIGTERM;     // the signal that did
  int stop_signal_ = SIGTERM;    // what asks the command to stop
  core::BootTime keep_until_{};  // --hold
  core::TermLimits limits_;      // of the term, by its last renewal
  std::vector<std::string> variables_;
  kube::Poller::TimerId wait_timer_ = 0;
  kube::Poller::TimerId hold_timer_ = 0;
  kube::Poller::TimerId reap_timer_ = 0;
};

kube::Failure Job::open(int socket, pid_t guard) {
  GuardLink::Handler handler;
  handler.on_report = [this](const GuardReport& report) { on_guard(report); };
  handler.on_lost = [this](const std::string& why) { on_guard_lost(why); };
  handler.on_gone = [this] { on_gone(); };
  const auto patience = std::max(options_.timing.retry_period, kLeastPatience);
  auto link = GuardLink::create(session_.poller(), socket, guard, patience, std::move(handler));
  if (!link) return link.error();
  guard_ = std::move(*link);
  auto side_work = SideWork::begin(session_, log_, options_, candidate_,
                                   {.guards_child = true, .trouble = [this] { return trouble(); }});
  if (!side_work) return side_work.error();
  side_work_ = std::move(*side_work);
  auto signals =
      Signals::create_for_all(session_.poller(), [this](int signal) { on_signal(signal); });
  if (!signals) return signals.error();
  signals_ = std::move(*signals);
  end_in_order_without_memory();
  return std::nullopt;
}

int Job::run() {
  wait_over_ = one_look();
  if (options_.wait && !wait_over_) {
    wait_timer_ = session_.poller().start_timer(*options_.wait, [this] { on_wait_over(); });
  }
  candidate_.start();
  candidate_.stand(true);
  while (!(code_ && !job_there_ && candidate_.at_rest())) {
    session_.poller().wait(std::nullopt);
    give_up_if_tried();
  }
  side_work_->finish();
  return memory_ran_out() ? kFailed : *code_;
}

// ---- The election -------------------------------------------------------------------------------

void Job::on_report(const core::Report& report) {
  using Kind = core::Report::Kind;
  side_work_->on_report(report);
  switch (report.kind) {
    case Kind::kElected:
      return on_elected(report);
    case Kind::kRenewed:
      limits_ = {.hold_until = report.hold_until, .gone_by = report.gone_by};
      if (job_there_) guard_->extend(limits_);
      return;
    case Kind::kStopWork:
      return on_stop_work(report);
    case Kind::kLost:
      return on_lost(report);
    case Kind::kReleaseFailed:
      log_.warn("could not give the lock back: it may name this process for one lease");
      return;
    case Kind::kLeaderChanged:
      if (!report.name.empty() && report.name != options_.id) {
        log_.info(report.name + " is the leader");
      }
      return;
    case Kind::kReleased:
    case Kind::kRequestFailed:
    case Kind::kNotice:
      return;
  }
}

void Job::on_elected(const core::Report& report) {
  session_.poller().cancel_timer(std::exchange(wait_timer_, 0));
  wait_over_ = one_look();
  log_.info("became leader", {{"fencingToken", report.token}});
  keep_until_ = kube::boot_now() + options_.hold;
  stop_signal_ = options_.signal;
  in_office_ = true;
  job_there_ = true;
  limits_ = {.hold_until = report.hold_until, .gone_by = report.gone_by};
  variables_ = variables(report);
  guard_->begin(limits_, variables_);
}

void Job::on_stop_work(const core::Report& report) {
  in_office_ = false;
  log_resign(log_, report);
  if (report.stop == core::StopReason::kRequest) {
    if (job_done_) {  // during --hold
      session_.poller().cancel_timer(std::exchange(hold_timer_, 0));
      leave(*code_);
    } else if (options_.exit_on_loss) {
      leave(kFailed);
    }
  }
  if (job_there_) {
    return guard_->end(stop_signal_, kube::boot_now() + options_.grace, limits_.gone_by);
  }
  candidate_.work_stopped();
}

void Job::on_lost(const core::Report& report) {
  in_office_ = false;
  log_.warn("stopped leading: " + describe_loss(report));
  if (options_.exit_on_loss && !job_done_) {
    log_.error("leaving, as --on-loss=exit says");
    leave(kFailed);
  }
  if (!job_there_) {
    if (job_done_) leave(*code_);  // during --hold
    return candidate_.work_stopped();
  }
  // The guard does this by itself at the end of the hold; a lock that was taken, or a pause that
  // the clock did not count, ends it earlier.
  core::BootTime kill_by = kube::boot_now() + options_.grace;
  if (const auto earlier = limits_.gone_by - report.gone_by; earlier > core::Duration::zero()) {
    kill_by = std::min(kill_by, core::latest_kill({.hold_until = limits_.hold_until - earlier,
                                                   .gone_by = report.gone_by}));
  }
  guard_->end(options_.signal, kill_by, report.gone_by);
}

// For the probes of a kubelet: the command outlived the term.
std::string Job::trouble() const {
  const bool late = job_there_ && kube::boot_now() > limits_.gone_by;
  return late ? "the lease is over, and the command is still there" : "";
}

std::vector<std::string> Job::variables(const core::Report& report) const {
  return {"LEADER_ELECTION=" + options_.election,
          "LEADER_NAMESPACE=" + session_.connection().namespace_, "LEADER_IDENTITY=" + options_.id,
          "LEADER_FENCING_TOKEN=" + report.token};
}

// ---- Giving up before the election
// ----------------------------------------------------------------

void Job::on_wait_over() {
  wait_timer_ = 0;
  wait_over_ = true;
  give_up_if_tried();
}

void Job::give_up() {
  const bool unhealthy = side_work_->unhealthy();
  const bool another_held = !unhealthy && candidate_.api_answers() && candidate_.view().observed;
  if (unhealthy) {
    log_.error("not elected in time: not healthy", {{"election", options_.election}});
  } else if (another_held) {
    log_.info("not elected in time", {{"election", options_.election}});
  } else {
    log_.error("not elected in time: the API server is away or says no",
               {{"election", options_.election}});
  }
  leave(another_held ? options_.conflict_exit_code : kFailed);
}

void Job::give_up_if_tried() {
  if (!wait_over_ || code_ || job_there_ || job_done_ || in_office_) return;
  if (candidate_.api_answers() && !side_work_->unhealthy()) {
    // --wait=0: one look, and one try if the lock is free; the same when a dead holder's lease is
    // over.
    if ((one_look() || outwaited_dead_) && !candidate_.has_tried()) return;
    // A dead holder does not hold it: else a job that is tried for a moment now and then, from cron
    // say, would never run again.
    if (candidate_.outwaits_dead()) {
      if (!std::exchange(outwaited_dead_, true)) {
        log_.info("waiting for the lease of a holder to run out that does not renew it any more");
      }
      return;
    }
  }
  give_up();
}

// ---- The job ------------------------------------------------------------------------------------

void Job::on_guard(const GuardReport& report) {
  using Kind = GuardReport::Kind;
  switch (report.kind) {
    case Kind::kAnswer:
      return;
    case Kind::kStarted:
      return side_work_->metrics().child_started();
    case Kind::kNotStarted: {
      const std::string& command = options_.command.front();
      if (report.value == ETIME) return;  // the hold ended on the way: stand again
      log_.error(std::string("cannot ") + (report.forked ? "execute " : "fork for ") + command +
                 ": " + std::strerror(report.value));
      job_done_ = true;
      keep_until_ = core::BootTime{};
      code_ = !report.forked ? kFailed : report.value == ENOENT ? kNotFound : kCannotRun;
      return;
    }
    case Kind::kEnded:
      side_work_->metrics().child_ended(report.value, report.asked);
      // Of a command that had to stop because the term was lost, the code means nothing.
      if (report.asked && !signalled_) return;
      job_done_ = true;
      if (!code_) code_ = exit_code_of(report.value);
      return;
    case Kind::kStopped:
      log_.warn(
          "the command was continued: it cannot be suspended from the keyboard while it holds "
          "the lock");
      return;
    case Kind::kCutShort:
      side_work_->metrics().child_killed();
      log_.warn("killed what was left of the command before its grace was over: the lease ends");
      return;
    case Kind::kStuck:
      log_.error("process " + std::to_string(report.value) +
                 " cannot be killed; the lock is not given back while it is there");
      return;
    case Kind::kGone:
      return on_gone();
  }
}

void Job::on_guard_lost(const std::string& why) {
  log_.error(why + ": killing the command");
  in_office_ = false;
  leave(kFailed);
}

// Nothing of the command is left.
void Job::on_gone() {
  job_there_ = false;
  if (!guard_->trusted()) foreground_.take_back();  // it is past doing so itself
  if (!in_office_) {
    if (signalled_) leave(code_.value_or(kBySignal + stopped_by_));
    if (job_done_) leave(*code_);
    return candidate_.work_stopped();
  }
  if (!job_done_) return begin_again();
  if (kube::boot_now() >= keep_until_) return leave(*code_);
  // --hold: others stay out a little longer.
  hold_timer_ = session_.poller().start_timer_at(keep_until_, [this] {
    hold_timer_ = 0;
    leave(*code_);
  });
}

// The guard took the hold for over, and ended the command by itself.
void Job::begin_again() {
  if (!candidate_.holds()) return;  // and so it is: kLost follows
  // A renewal went through at the last moment, and the guard heard of it too late.
  log_.warn("the command was stopped: its guard heard of the renewal too late");
  if (options_.exit_on_loss) return leave(kFailed);
  job_there_ = true;
  guard_->begin(limits_, variables_);
}

// From now on this process only finishes.
void Job::leave(int code) {
  if (!code_) code_ = code;
  candidate_.stand(false);
}

void Job::on_signal(int signal) {
  if (signal == SIGCHLD) {
    if (reap_timer_ != 0) return;
    reap_timer_ = session_.poller().start_timer(kReapAfter, [this] {
      reap_timer_ = 0;
      guard_->reap_orphans();
    });
    return;
  }
  if (signal != SIGTERM && signal != SIGINT) {
    if (job_there_) {
      guard_->signal(signal);
      // A job that is stopped would not hear that its terminal is gone; the kernel does the same.
      if (signal == SIGHUP) guard_->signal(SIGCONT);
    } else if (signal == SIGHUP || signal == SIGQUIT) {
      log_.info("stopping on " + signal_name(signal));
      leave(kBySignal + signal);
    }
    return;
  }
  log_.info("stopping on " + signal_name(signal));
  stopped_by_ = signal;
  stop_signal_ = signal == SIGTERM ? options_.signal : signal;
  const bool again = std::exchange(signalled_, true);
  session_.poller().cancel_timer(std::exchange(hold_timer_, 0));
  if (!job_there_) return leave(kBySignal + signal);
  if (again) return guard_->end(stop_signal_, kube::boot_now(), limits_.gone_by);
  candidate_.stand(false);  // kStopWork follows, and ends the job, unless the term is lost already
}

int fail(const kube::Error& error, const ExecOptions& options) {
  complain("exec", error, options);
  return kFailed;
}

}  // namespace

int exec(const ExecOptions& options) {
  end_without_memory(kFailed);
  if (options.print_rbac) {
    const auto rules = candidate_rules(options);
    return print_rbac("exec", options, options.election, rules) == 0 ? 0 : kFailed;
  }
  const Log log(options.log.format, options.log.verbosity);
  for (const std::string& note : options.notes) log.debug(note);
  if (options.election_from_command) {
    log.info("taking part in the election that the command names",
             {{"election", options.election}});
  }
  if (const int error = look_up_command(options.command.front()); error != 0) {
    log.error("cannot execute " + options.command.front() + ": " + std::strerror(error));
    return error == ENOENT ? kNotFound : kCannotRun;
  }
  const Foreground foreground = Foreground::of_process();
  pid_t guard = -1;
  const int socket = fork_guard(
      {.command = options.command, .grace = options.grace, .stop_signal = options.signal}, guard);
  if (socket < 0) {
    log.error(std::string("cannot start the guard process: ") + std::strerror(errno));
    return kFailed;
  }
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  auto session = Session::open(options.connection, log);
  if (!session) return fail(session.error(), options);
  Job job(**session, log, options, foreground);
  if (const auto failure = job.open(socket, guard)) return fail(*failure, options);
  log_standing(log, **session, options);
  return job.run();
}

}  // namespace elector::cmd
