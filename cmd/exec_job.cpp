// SPDX-License-Identifier: Apache-2.0
#include "cmd/exec_job.h"

#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <utility>

#include "cmd/candidate/candidacy.h"
#include "cmd/output/duration.h"
#include "cmd/print_rbac.h"
#include "cmd/process/hardening.h"
#include "core/exit_code.h"
#include "kube/base/signal_name.h"

namespace elector::cmd {
namespace {

// wait_status: the command's, as of wait(2).
int exit_code_of(int wait_status) {
  return WIFSIGNALED(wait_status) ? kExitBySignal + WTERMSIG(wait_status)
                                  : WEXITSTATUS(wait_status);
}

// Minimum time for a guard to answer: on a busy machine it may need more than a short retry period.
constexpr core::Duration kLeastPatience = std::chrono::seconds(1);

}  // namespace

Job::Job(kube::Session& session, const Log& log, const ExecOptions& options, Foreground foreground)
    : session_(session),
      log_(log),
      options_(options),
      foreground_(foreground),
      course_(options.exit_on_loss),
      wait_limit_(options.wait),
      candidate_(
          session.poller(), session.client(), log,
          candidate_setup([&] { return remedy("exec", options, session); }, session, options),
          [this](const core::Report& report) { on_report(report); }) {}

Failure Job::open(const ForkedGuard& guard) {
  GuardClient::Handler handler;
  handler.on_report = [this](const GuardReport& report) { on_guard(report); };
  handler.on_lost = [this](const std::string& why) { on_guard_lost(why); };
  handler.on_gone = [this] { on_gone(); };
  const auto patience = std::max(options_.timing.retry_period, kLeastPatience);
  auto link = GuardClient::create(session_.poller(), guard, patience, std::move(handler));
  if (!link) return link.error();
  guard_ = std::move(*link);
  auto services = Services::begin(session_, log_, options_, candidate_,
                                  {.guards_child = true, .trouble = [this] { return trouble(); }});
  if (!services) return services.error();
  services_ = std::move(*services);
  auto signals = Signals::create_for_all(session_.poller(), options_.signal,
                                         [this](Signal signal) { on_signal(signal); });
  if (!signals) return signals.error();
  signals_ = std::move(*signals);
  end_in_order_without_memory();
  return std::nullopt;
}

int Job::run() {
  candidate_.start();
  begin_to_wait();
  candidate_.stand(true);
  while (!(course_.exit_code() && candidate_.at_rest())) {
    session_.poller().wait(std::nullopt);
    give_up_in_time();
  }
  services_->finish();
  return memory_ran_out() ? kExitExecFailed : *course_.exit_code();
}

// ---- The election -------------------------------------------------------------------------------

void Job::on_report(const core::Report& report) {
  using Kind = core::Report::Kind;
  services_->on_report(report);
  switch (report.kind) {
    case Kind::kElected:
      return on_elected(report);
    case Kind::kRenewed:
      limits_ = {.hold_until = report.hold_until, .gone_by = report.gone_by};
      if (course_.job_there()) guard_->extend(limits_);
      return;
    case Kind::kStopWork:
      return on_stop_work(report);
    case Kind::kLost:
      return on_lost(report);
    case Kind::kReleaseFailed:
      log_.warn("could not release the lock: it may name this process until the lease expires");
      return;
    case Kind::kLeaderChanged:
      if (!report.name.empty() && report.name != options_.id) {
        log_.info("leader changed", {{"election", options_.election}, {"leader", report.name}});
      }
      return;
    case Kind::kReleased:
      if (std::exchange(led_, false)) {
        log_.info("released the lock", {{"election", options_.election}});
      }
      return;
    case Kind::kRequestFailed:
    case Kind::kNotice:
      return;
  }
}

void Job::on_elected(const core::Report& report) {
  session_.poller().cancel_timer(std::exchange(wait_timer_, 0));
  wait_limit_.elected();
  led_ = true;
  log_.info("became leader", {{"election", options_.election}, {"fencingToken", report.token}});
  keep_until_ = kube::boot_now() + options_.hold;
  stop_signal_ = {.number = options_.signal};
  limits_ = {.hold_until = report.hold_until, .gone_by = report.gone_by};
  variables_ = variables(report);
  processes_ = 0;
  course_.elected();
  guard_->begin(limits_, variables_);
}

void Job::on_stop_work(const core::Report& report) {
  log_resign(log_, report);
  if (options_.log.quiet && course_.working() && !course_.signalled()) {
    log_.warn_always("stopped leading while the command runs: " + describe_stop(report));
  }
  if (report.stop == core::StopReason::kRequest) log_leaving();
  const core::JobCourse::Next next = course_.stop_work(report.stop);
  if (next == core::JobCourse::Next::kEndJob) {
    guard_->end(stop_signal_, kube::boot_now() + options_.grace, limits_.gone_by);
  }
  follow(next);
}

// Returns why the term ends, though neither the command nor a signal ended it.
std::string Job::describe_stop(const core::Report& report) const {
  if (report.stop == core::StopReason::kRequest) return "asked to resign";
  return services_->unhealthy() ? "the health check failed"
                                : "an election of this name is live on another kind of lock";
}

// Called when the term ends before the command has.
void Job::log_leaving() const {
  if (options_.exit_on_loss && !course_.job_done()) {
    log_.error("exiting because of --on-loss=exit");
  }
}

void Job::on_lost(const core::Report& report) {
  const std::string loss = "stopped leading: " + describe_loss(report, options_.id);
  if (course_.job_there()) {
    log_.warn_always(loss);
  } else {
    log_.warn(loss);
  }
  log_leaving();
  const core::JobCourse::Next next = course_.lost();
  if (next == core::JobCourse::Next::kEndJob) {
    const auto gone_by = core::gone_by_after_loss(report.loss, report.hold_until, report.gone_by);
    const auto end_of_grace = kube::boot_now() + options_.grace;
    guard_->end({.number = options_.signal},
                core::kill_after_loss(limits_, gone_by, end_of_grace, processes_), gone_by);
  }
  follow(next);
}

// Carries out what the course requires, except kEndJob, which the caller does.
void Job::follow(core::JobCourse::Next next) {
  if (course_.leaving()) {
    session_.poller().cancel_timer(std::exchange(hold_timer_, 0));
    candidate_.stand(false);
  }
  switch (next) {
    case core::JobCourse::Next::kNothing:
    case core::JobCourse::Next::kEndJob:
      return;
    case core::JobCourse::Next::kGiveBack:
      services_->work_stopped();
      if (!course_.leaving()) begin_to_wait();
      return;
    case core::JobCourse::Next::kAgain:
      guard_->begin(limits_, variables_);
      return;
    case core::JobCourse::Next::kHold:  // keeps others out a little longer
      hold_timer_ = session_.poller().start_timer_at(keep_until_, [this] {
        hold_timer_ = 0;
        course_.end_hold();
        follow(core::JobCourse::Next::kNothing);
      });
      return;
  }
}

// For a kubelet's probes: reports that the command has outlived the term.
std::string Job::trouble() const {
  const bool late = course_.job_there() && kube::boot_now() > limits_.gone_by;
  return late ? "the lease has expired, but the command is still running" : "";
}

std::vector<std::string> Job::variables(const core::Report& report) const {
  return {"LEADER_ELECTION=" + options_.election,
          "LEADER_NAMESPACE=" + session_.connection().namespace_, "LEADER_IDENTITY=" + options_.id,
          "LEADER_FENCING_TOKEN=" + report.token};
}

// ---- Giving up ----------------------------------------------------------------------------------

void Job::begin_to_wait() {
  session_.poller().cancel_timer(std::exchange(wait_timer_, 0));
  wait_limit_.begin(kube::boot_now());
  if (!wait_limit_.until()) return;
  wait_timer_ = session_.poller().start_timer_at(*wait_limit_.until(), [this] { wait_timer_ = 0; });
}

// Called after each event, because any may be the one awaited.
void Job::give_up_in_time() {
  if (course_.leaving() || !wait_limit_.until()) return;
  const core::View view = candidate_.view();
  const bool outwaited = wait_limit_.outwaits_dead();
  const auto reason = wait_limit_.check({.api_answers = candidate_.api_answers(),
                                         .unhealthy = services_->unhealthy(),
                                         .fit = candidate_.fit(),
                                         .others = candidate_.others(),
                                         .observed = view.observed,
                                         .another_leads = !view.leader.empty() && !view.is_leader,
                                         .tried = candidate_.has_tried(),
                                         .seems_dead = view.seems_dead},
                                        kube::boot_now());
  if (reason) return give_up(*reason);
  if (!outwaited && wait_limit_.outwaits_dead()) {
    log_.info("waiting for a lease to expire that its holder no longer renews");
  }
}

void Job::give_up(core::WaitLimit::Reason reason) {
  std::string text = describe(reason, candidate_.other_lock());
  if (reason == core::WaitLimit::Reason::kApi && !candidate_.last_failure().empty()) {
    text = "not elected in time: " + candidate_.last_failure();
  }
  if (reason == core::WaitLimit::Reason::kAnotherHolds) {
    log_.info(text, {{"election", options_.election}});
    course_.leave(options_.conflict_exit_code);
  } else {
    log_.error(text, {{"election", options_.election}});
    course_.leave(kExitExecFailed);
  }
  follow(core::JobCourse::Next::kNothing);
}

// ---- The job ------------------------------------------------------------------------------------

void Job::on_guard(const GuardReport& report) {
  using Kind = GuardReport::Kind;
  switch (report.kind) {
    case Kind::kReady:
    case Kind::kAnswer:
      return;
    case Kind::kStarted:
      child_ = report.value;
      started_at_ = kube::boot_now();
      log_.info("started the command", {{"pid", std::to_string(report.value)}});
      return services_->metrics().child_started();
    case Kind::kNotStarted: {
      const std::string& command = options_.command.front();
      if (report.value == ETIME) return;  // the hold ended before exec: stand again
      log_.error(std::string("cannot ") + (report.forked ? "execute " : "fork for ") + command +
                 ": " + std::strerror(report.value));
      keep_until_ = core::BootTime{};
      return course_.ended(!report.forked           ? kExitExecFailed
                           : report.value == ENOENT ? kExitNotFound
                                                    : kExitCannotRun);
    }
    case Kind::kAsked:
      return log_.info("asked the command to stop", {{"signal", kube::signal_name(report.value)}});
    case Kind::kEnded:
      services_->metrics().child_ended(report.value, report.asked);
      log_end(report.value);
      // The exit code of a command that had to stop because the term was lost means nothing.
      if (report.asked && !course_.signalled()) return;
      return course_.ended(exit_code_of(report.value));
    case Kind::kStopped:
      return log_not_suspended();
    case Kind::kWantsTerminal:
      log_.warn(
          "the command is stopped until it gets the terminal, which another job is using; elector "
          "keeps the lock meanwhile");
      return;
    case Kind::kKilled:
      services_->metrics().child_killed();
      log_.warn(hurried_ ? "killed the rest of the command at the second signal"
                         : describe_kill(report.cut_short));
      return;
    case Kind::kStuck:
      log_.error((report.value == 0 ? "a process that /proc does not show"
                                    : "process " + std::to_string(report.value)) +
                 " cannot be killed" +
                 (report.refused ? " (it belongs to another user, and elector may not signal it)"
                                 : " (the kernel does not let it end)") +
                 "; the lock is not released while it exists");
      return;
    case Kind::kCounted:
      return on_counted(report.count);
    case Kind::kRefused:
      log_.warn(
          "no permission to signal a process of the command: it may keep running after the lease "
          "is lost",
          {{"pid", std::to_string(report.value)}, {"uid", std::to_string(report.count)}});
      return;
    case Kind::kLeafStays:
      log_.warn("cannot remove the command's cgroup", {{"error", std::strerror(report.value)}});
      return;
    case Kind::kGone:
      return on_gone();
  }
}

// wait_status: the command's, as of wait(2).
void Job::log_end(int wait_status) const {
  const bool killed = WIFSIGNALED(wait_status);
  log_.info("the command ended",
            {{killed ? "signal" : "exitCode", killed ? kube::signal_name(WTERMSIG(wait_status))
                                                     : std::to_string(WEXITSTATUS(wait_status))},
             {"after", format_duration(std::chrono::floor<std::chrono::milliseconds>(
                           kube::boot_now() - started_at_))}});
}

void Job::on_counted(std::size_t processes) {
  processes_ = processes;
  log_.debug("counted the command's processes", {{"processes", std::to_string(processes)}});
  if (!size_warning_.counted(processes, limits_)) return;
  log_.warn(
      "the command has more processes than can be killed in time if the lease is lost; use a "
      "longer --ttl to allow more",
      {{"processes", std::to_string(processes)},
       {"most", std::to_string(core::most_processes(limits_))}});
}

void Job::on_guard_lost(const std::string& why) {
  log_.error(why + (course_.job_there() ? ": killing the command" : ""));
  course_.guard_lost();
  follow(core::JobCourse::Next::kNothing);
}

// Called when nothing of the command is left.
void Job::on_gone() {
  if (!guard_->trusted()) foreground_.take_back();  // the guard can no longer do so itself
  child_ = -1;
  const bool holds = candidate_.holds();
  if (holds && course_.working()) {  // a renewal went through at the last moment
    log_.warn_always("the command was stopped: the guard process did not see the renewal in time");
  }
  follow(course_.gone(holds, kube::boot_now() >= keep_until_));
}

// SIGTERM, SIGINT, and the signal of --signal, which is the command's stop signal and may be that
// of its image. A SIGWINCH from the kernel (a window was resized) or a SIGTTIN (a background job)
// is not a request.
bool Job::asks_to_stop(Signal arrived) const {
  if (arrived.number == SIGTERM || arrived.number == SIGINT) return true;
  return arrived.number == options_.signal &&
         (!arrived.by_kernel || ends_by_default(arrived.number));
}

void Job::on_signal(Signal arrived) {
  const int signal = arrived.number;
  if (asks_to_stop(arrived)) return on_stop_signal(arrived);
  if (arrived.by_terminal && (signal == SIGTTIN || signal == SIGTTOU)) return share_terminal();
  if (course_.job_there()) {
    if (arrived.by_terminal && signal == SIGTSTP) {
      log_not_suspended();
      return share_terminal();
    }
    guard_->signal({.number = signal, .to_group = arrived.by_terminal || signal == SIGCONT});
    // A stopped job would not notice that its terminal is gone; the kernel does the same.
    if (signal == SIGHUP) guard_->signal({.number = SIGCONT, .to_group = true});
  }
  if (course_.between_terms() && (signal == SIGHUP || signal == SIGQUIT || arrived.ends_init)) {
    log_.info("stopping on " + kube::signal_name(signal));
    course_.leave(kExitBySignal + signal);
    follow(core::JobCourse::Next::kNothing);
  } else if (signal == SIGTSTP && !course_.job_there() && candidate_.at_rest()) {
    take_default(signal);  // nothing is held or in flight: a standby may be suspended
  }
}

// Another process of elector's group, such as a pager behind a pipe, was stopped because it wants
// the terminal, or from the keyboard. Retries until elector has the terminal to share.
void Job::share_terminal() {
  session_.poller().cancel_timer(std::exchange(terminal_timer_, 0));
  if (!foreground_.there() || foreground_.share(child_)) return;
  terminal_timer_ = session_.poller().start_timer(kTryTerminal, [this] {
    terminal_timer_ = 0;
    share_terminal();
  });
}

void Job::log_not_suspended() const {
  log_.warn(
      "the command keeps running: it cannot be suspended from the keyboard while it holds the "
      "lock");
}

// Keyboard signals come here, not to the command, while a pager behind a pipe has the terminal.
void Job::on_stop_signal(Signal signal) {
  hurried_ = course_.signalled() && course_.job_there();
  log_.info((hurried_ ? "stopping at once on " : "stopping on ") +
            kube::signal_name(signal.number));
  stop_signal_ = {.number = signal.number == SIGTERM ? options_.signal : signal.number,
                  .to_group = signal.by_terminal};
  const bool first = course_.stop_by_signal(signal.number);
  if (!course_.job_there()) return follow(core::JobCourse::Next::kNothing);
  if (!first) return guard_->end(stop_signal_, kube::boot_now(), limits_.gone_by);
  candidate_.stand(false);  // kStopWork follows, and ends the job, unless the term is already lost
}

}  // namespace elector::cmd
