// SPDX-License-Identifier: Apache-2.0
#include "cmd/guard/guard_process.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <deque>
#include <new>
#include <optional>
#include <utility>

#include "cmd/guard/cgroup_leaf.h"
#include "cmd/guard/child.h"
#include "cmd/guard/process_tree.h"
#include "cmd/guard/protocol.h"
#include "cmd/process/hardening.h"
#include "cmd/process/signals.h"
#include "core/guard.h"
#include "core/kill_time.h"
#include "kube/auth/children.h"
#include "kube/base/poller.h"
#include "kube/base/wait_status.h"

namespace elector::cmd {
namespace {

// The guard's own process name, so that `pkill elector` does not end it.
constexpr const char* kProcessName = "lease-guard";

// The pause after a pass over dying processes, as a multiple of the time the pass took. A pass
// keeps them from dying by the kernel's locks: it signals each, and finds those that have ended,
// for which the kernel searches from the first child each time.
constexpr int kPassPause = 1;

// The longest pause before reaping, in milliseconds.
constexpr int kLongestReapPause = 50;

// How long after the first kill the whole tree, not only its first level, is walked at the
// earliest. The walk is for what is below a process that does not die.
constexpr core::Duration kFirstWalk = std::chrono::milliseconds(20);

// How many times the tree is walked at once, before checking the clock and the socket again.
constexpr int kKillPasses = 100;

// How long processes are counted before checking the clock and the socket again.
constexpr core::Duration kCountPart = std::chrono::milliseconds(10);

// How often to check whether a cgroup without descendants of the guard is empty, in milliseconds.
constexpr int kLookAtLeaf = 20;

// A cgroup that was just left may not be removable yet.
constexpr int kRemovals = 5;
constexpr timespec kRemoveAgain{.tv_sec = 0, .tv_nsec = 10'000'000};

// A command that keeps suspending itself is reported at most this often, so that it cannot flood
// the log.
constexpr core::Duration kStopsTold = std::chrono::seconds(1);

// How long elector waits for the guard's first report, in milliseconds.
constexpr int kReadyWithin = 10'000;

// How often to retry reports that elector had no room for, in milliseconds. (Not by POLLOUT: the
// kernel may lack memory while the socket has room.)
constexpr int kTryReports = 20;

core::Duration processor_time() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

class GuardProcess {
 public:
  GuardProcess(const GuardSetup& setup, int socket, const sigset_t& mask)
      : setup_(setup), socket_(socket), mask_(mask), guard_(setup.grace), leaf_(setup.leaf) {}

  [[noreturn]] void run();

 private:
  void run_once();
  bool open_descriptors();
  void wait_for_something();
  void drain_commands();
  void carry_out(const GuardCommand& command, const std::vector<std::string>& variables);
  void act();
  void start();
  void reap_in_turn();
  void reap();
  void note_exec_result();
  void note_stop(int signal);
  bool give_terminal();
  void continue_child();
  void signal_child(ChildSignal signal);
  void signal_tree(int signal);
  void kill_group();
  void kill_tree();
  void walk(int passes);
  void report_stuck();
  void count();
  void report_refused(const std::vector<DescendantCount::Refused>& refused);
  void remove_leaf();
  void tell(GuardReport report) noexcept;
  void log_alone(std::string_view message) const noexcept;
  void send_reports();

  const GuardSetup& setup_;
  int socket_;
  const sigset_t mask_;
  core::Guard guard_;
  CgroupLeaf leaf_;
  int signals_ = -1;
  int timer_ = -1;
  int exec_report_ = -1;
  pid_t child_ = -1;  // 0 and above only while it has not been reaped
  ChildSignal ask_with_{.number = SIGTERM};
  pid_t left_ = 0;        // the last process found by a walk through the tree
  bool refused_ = false;  // it may not be signalled
  bool orphaned_ = false;
  core::BootTime stop_told_{};  // when a suspension of the command was last reported
  bool lent_terminal_ = false;
  bool wants_terminal_ = false;  // the child is stopped until it gets the terminal
  bool told_kill_ = false;
  bool told_refused_ = false;
  bool told_leaf_stays_ = false;
  bool waits_for_leaf_ = false;  // no descendant is left, but a process in the cgroup is
  bool children_end_ = false;    // SIGCHLD has arrived since reap()
  core::BootTime reap_at_{};     // when to reap the next time
  // For killing:
  core::BootTime pass_at_{};  // when to kill the children again
  core::BootTime walk_at_{};  // when to go through the whole tree
  core::CountSchedule schedule_;
  std::optional<DescendantCount> count_;  // while a count is in progress
  core::BootTime count_began_{};
  core::Duration count_cost_{};
  bool asked_ = false;
  bool executed_ = false;
  std::vector<std::string> variables_;
  std::deque<GuardReport> reports_;  // not sent yet: the socket had no room
};

bool GuardProcess::open_descriptors() {
  sigset_t child_ended;
  sigemptyset(&child_ended);
  sigaddset(&child_ended, SIGCHLD);
  signals_ = ::signalfd(-1, &child_ended, SFD_CLOEXEC | SFD_NONBLOCK);
  timer_ = ::timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
  const itimerspec never{};
  return signals_ >= 0 && timer_ >= 0 &&
         ::timerfd_settime(timer_, TFD_TIMER_ABSTIME, &never, nullptr) == 0;
}

void GuardProcess::run() {
  Obstacle obstacle = take_charge_of_orphans();
  if (obstacle == Obstacle::kNone && !open_descriptors()) obstacle = Obstacle::kNoTimer;
  tell({.kind = GuardReport::Kind::kReady, .value = static_cast<std::int32_t>(obstacle)});
  if (obstacle != Obstacle::kNone) ::_exit(125);
  go_on_without_memory();
  while (true) {
    try {
      run_once();
    } catch (const std::bad_alloc&) {
      // What was not done is repeated when it is due; a missing answer makes elector end this term.
      // What needs no memory is done at once.
      if (guard_.may_run(kube::boot_now())) continue;
      kill_group();
    }
    if (orphaned_ && !guard_.busy()) ::_exit(0);
  }
}

void GuardProcess::run_once() {
  wait_for_something();
  // Commands are read first: an extension counts only if it is read before the hold ends.
  drain_commands();
  reap_in_turn();
  if (wants_terminal_) give_terminal();
  guard_.tick(kube::boot_now());
  act();
  count();
}

void GuardProcess::wait_for_something() {
  itimerspec at{};
  if (const auto wake = guard_.next_wake()) {
    const auto since = std::max(wake->time_since_epoch(), core::Duration(1));
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(since);
    at.it_value.tv_sec = static_cast<time_t>(whole.count());
    at.it_value.tv_nsec = static_cast<long>((since - whole).count());
  }
  ::timerfd_settime(timer_, TFD_TIMER_ABSTIME, &at, nullptr);
  // While ended children wait to be reaped, signals_ is not polled: the time to reap them is set.
  const core::Duration until_reap = reap_at_ - kube::boot_now();
  std::array<pollfd, 4> wait{{{.fd = orphaned_ ? -1 : socket_, .events = POLLIN, .revents = 0},
                              {.fd = children_end_ ? -1 : signals_, .events = POLLIN, .revents = 0},
                              {.fd = timer_, .events = POLLIN, .revents = 0},
                              {.fd = exec_report_, .events = POLLIN, .revents = 0}}};
  int patience = -1;
  if (wants_terminal_) patience = static_cast<int>(kTryTerminal.count());
  if (!reports_.empty()) patience = kTryReports;
  if (waits_for_leaf_) patience = kLookAtLeaf;
  if (children_end_) {
    const auto whole = std::chrono::ceil<std::chrono::milliseconds>(until_reap).count();
    const int reap = static_cast<int>(std::clamp<std::int64_t>(whole, 0, kLongestReapPause));
    patience = patience < 0 ? reap : std::min(patience, reap);
  }
  if (count_) patience = 0;
  ::poll(wait.data(), wait.size(), patience);
  signalfd_siginfo info{};
  while (::read(signals_, &info, sizeof info) == sizeof info) children_end_ = true;
  if (wait[3].revents != 0) note_exec_result();
  send_reports();
}

// Called when the result is known: the pipe is readable, or the child has ended, which closed it.
void GuardProcess::note_exec_result() {
  if (exec_report_ < 0) return;
  const int error = read_exec_result(std::exchange(exec_report_, -1));
  executed_ = error == 0;
  if (executed_) {
    tell({.kind = GuardReport::Kind::kStarted, .value = child_});
  } else {
    tell({.kind = GuardReport::Kind::kNotStarted, .value = error, .forked = true});
    guard_.not_started();
  }
}

void GuardProcess::drain_commands() {
  if (orphaned_) return;
  GuardCommand command;
  std::vector<std::string> variables;
  while (true) {
    switch (receive_message(socket_, command, variables)) {
      case Received::kMessage:
        carry_out(command, variables);
        break;
      case Received::kNothing:
        return;
      case Received::kEnd:
        orphaned_ = true;
        reports_.clear();
        ask_with_ = {.number = setup_.stop_signal};
        guard_.orphaned(kube::boot_now());
        if (guard_.busy())
          log_alone("elector ended while its command was running: ending the command");
        return;
    }
  }
}

void GuardProcess::carry_out(const GuardCommand& command,
                             const std::vector<std::string>& variables) {
  const core::BootTime now = kube::boot_now();
  switch (command.kind) {
    case GuardCommand::Kind::kBegin:
      variables_ = variables;
      ask_with_ = {.number = setup_.stop_signal};
      told_kill_ = false;
      told_refused_ = false;
      left_ = 0;
      count_.reset();
      schedule_.begin();
      asked_ = false;
      guard_.begin(command.limits, now);
      break;
    case GuardCommand::Kind::kExtend:
      // A late extension is ignored; elector begins again if its hold continues.
      if (guard_.extend(command.limits, now) && !count_ && schedule_.due(now)) {
        count_.emplace(::getpid());
        count_began_ = now;
        count_cost_ = {};
      }
      break;
    case GuardCommand::Kind::kEnd:
      ask_with_ = command.signal;
      guard_.end(command.kill_by, now);
      break;
    case GuardCommand::Kind::kSignal:
      signal_child(command.signal);
      break;
  }
  tell({.kind = GuardReport::Kind::kAnswer, .serial = command.serial});
  act();
}

void GuardProcess::act() {
  for (const core::Guard::Action action : guard_.take_actions()) {
    switch (action) {
      case core::Guard::Action::kStart:
        start();
        break;
      case core::Guard::Action::kAskToStop:
        asked_ = true;
        if (child_ > 0) tell({.kind = GuardReport::Kind::kAsked, .value = ask_with_.number});
        signal_child(ask_with_);
        if (ask_with_.number != SIGCONT) continue_child();
        break;
      case core::Guard::Action::kAskTheRest:
        signal_tree(SIGTERM);
        signal_tree(SIGCONT);
        break;
      case core::Guard::Action::kKillAll:
        kill_tree();
        break;
      case core::Guard::Action::kStuck:
        report_stuck();
        break;
      case core::Guard::Action::kGone:
        if (std::exchange(lent_terminal_, false)) setup_.foreground.take_back();
        tell({.kind = GuardReport::Kind::kGone});
        remove_leaf();
        break;
    }
  }
}

void GuardProcess::start() {
  const ChildSetup setup{.command = setup_.command,
                         .variables = variables_,
                         .unset = {"ELECTOR_TOKEN"},
                         .mask = mask_,
                         .foreground = &setup_.foreground,
                         .leaf = &leaf_,
                         .may_exec = [this] { return guard_.may_run(kube::boot_now()); }};
  const ChildStart started = start_child(setup);
  if (started.pid < 0) {
    tell({.kind = GuardReport::Kind::kNotStarted, .value = started.error, .forked = false});
    guard_.tree_gone();
    act();
    return;
  }
  child_ = started.pid;
  lent_terminal_ = setup_.foreground.give_to(child_);  // in both processes, as with setpgid()
  exec_report_ = started.report;
  guard_.started();
}

void GuardProcess::reap_in_turn() {
  const core::BootTime began = kube::boot_now();
  if (!(children_end_ && began >= reap_at_) && !waits_for_leaf_) return;
  reap();  // repeated if memory runs out
  children_end_ = false;
  const core::BootTime ended = kube::boot_now();
  const core::Duration longest = std::chrono::milliseconds(kLongestReapPause);
  reap_at_ = ended + std::min((ended - began) * kPassPause, longest);
}

// Reaps every child that has ended. ECHILD proves that nothing below this subreaper is left:
// whatever the child started becomes its child at the latest when its own parent ends. The
// exception is a process started in another PID namespace, for example by nsenter(1): that is still
// in the cgroup.
void GuardProcess::reap() {
  while (true) {
    siginfo_t info{};
    const int failed = ::waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WNOHANG);
    if (failed != 0) {
      if (errno != ECHILD || !guard_.busy()) return;
      waits_for_leaf_ = leaf_.populated();
      if (!waits_for_leaf_) guard_.tree_gone();
      return;
    }
    if (info.si_pid == 0) return;
    if (info.si_code == CLD_TRAPPED) kube::let_go(info);
    if (info.si_pid != child_) continue;
    if (info.si_code == CLD_STOPPED) note_stop(info.si_status);
    if (!kube::is_end(info)) continue;
    note_exec_result();
    child_ = -1;
    wants_terminal_ = false;
    const int status = info.si_code == CLD_EXITED ? (info.si_status & 0xff) << 8 : info.si_status;
    // The end of a fork that did not become the command has been reported as kNotStarted.
    if (executed_) tell({.kind = GuardReport::Kind::kEnded, .value = status, .asked = asked_});
    guard_.child_ended(kube::boot_now());
    act();
  }
}

// Continues a command that is suspended from the keyboard: the shell considers a job suspended only
// when elector itself stops, and that would lose the lease. A command that wants the terminal,
// which another process of elector's group has asked for meanwhile, gets it; while a shell has the
// terminal, the command waits, because it would only be stopped again and again.
void GuardProcess::note_stop(int signal) {
  if (!setup_.foreground.there()) return;
  if (signal == SIGTTIN || signal == SIGTTOU) {
    if (give_terminal() || std::exchange(wants_terminal_, true)) return;
    return tell({.kind = GuardReport::Kind::kWantsTerminal});
  }
  wants_terminal_ = false;
  if (signal != SIGTSTP || !setup_.foreground.belongs_to(child_)) return;
  continue_child();
  const core::BootTime now = kube::boot_now();
  if (now < stop_told_ + kStopsTold) return;
  stop_told_ = now;
  tell({.kind = GuardReport::Kind::kStopped});
}

// Gives the terminal to the child that waits for it and continues it; false if another group has
// it.
bool GuardProcess::give_terminal() {
  if (!setup_.foreground.give_to(child_)) return false;
  lent_terminal_ = true;
  wants_terminal_ = false;
  continue_child();
  return true;
}

// Continues all of the child's group, because a keyboard signal stops all of it.
void GuardProcess::continue_child() {
  signal_child({.number = SIGCONT, .to_group = true});
}

// The child has not been reaped, so its pid cannot have been reused. Its group exists only once the
// fork has come that far, and the child may have left it: then only the child is sent the signal.
void GuardProcess::signal_child(ChildSignal signal) {
  if (child_ <= 0) return;
  if (signal.to_group && ::getpgid(child_) == child_ && ::kill(-child_, signal.number) == 0) return;
  ::kill(child_, signal.number);
}

// Sends a report, or keeps it until elector has room, for example because it is stopped: without
// the report that nothing is left, elector would never release the lock. Without memory to keep it,
// shuts the socket down, so that each side takes the other for gone. Does not throw: what is
// reported has already happened.
void GuardProcess::tell(GuardReport report) noexcept {
  if (orphaned_ || (reports_.empty() && send_message(socket_, report))) return;
  try {
    reports_.push_back(report);
  } catch (const std::bad_alloc&) {
    ::shutdown(socket_, SHUT_RDWR);
  }
}

// Logs what elector can no longer log. A log that cannot be written must not delay the guard, nor
// must a want of memory.
void GuardProcess::log_alone(std::string_view message) const noexcept {
  try {
    Log(setup_.log_format).warn(message);
  } catch (const std::bad_alloc&) {
    return;
  }
}

void GuardProcess::send_reports() {
  while (!reports_.empty() && send_message(socket_, reports_.front())) reports_.pop_front();
}

void GuardProcess::signal_tree(int signal) {
  std::vector<pid_t> sent;
  for (const ProcessId& process : descendants(::getpid())) {
    send_signal(process, signal);
    sent.push_back(process.pid);
  }
  std::sort(sent.begin(), sent.end());
  leaf_.signal(signal, sent);
}

// Kills the whole group in one step, so that nothing can fork meanwhile; needs no /proc.
void GuardProcess::kill_group() {
  if (child_ <= 0) return;
  ::kill(-child_, SIGKILL);
  ::kill(child_, SIGKILL);
}

void GuardProcess::kill_tree() {
  const bool first = !std::exchange(told_kill_, true);
  if (first) {
    tell({.kind = GuardReport::Kind::kKilled, .cut_short = guard_.cut_short()});
  }
  kill_group();
  if (first && orphaned_) log_alone(describe_kill(guard_.cut_short()));
  const core::BootTime began = kube::boot_now();
  if (first) {
    pass_at_ = began;
    walk_at_ = began + std::max(kFirstWalk, core::killing_time(guard_.processes()) / 2);
  }
  if (began < pass_at_) return;
  // The children die, are reaped, and leave theirs to this subreaper. That is much faster than
  // walking a tree of dying processes, in which the last level gets its processor time first, and
  // than killing all of a large cgroup in one step.
  const bool listed = kill_children();
  const bool walks = !listed || began >= walk_at_;
  if (walks) {
    leaf_.kill();
    walk(listed ? 1 : kKillPasses);
  }
  const core::BootTime ended = kube::boot_now();
  pass_at_ = ended + (ended - began) * kPassPause;
  if (walks) walk_at_ = std::max(pass_at_, ended + kFirstWalk);
}

// Kills what walks through the tree find. Where kill_children() has no lists of children, walks
// again at once while a process was gone before it could be killed, because it may have forked.
void GuardProcess::walk(int passes) {
  Killing killing{.missed = true};
  for (int pass = 0; pass < passes && killing.missed; ++pass) {
    killing = kill_descendants(::getpid());
  }
  left_ = killing.last;
  refused_ = killing.refused;
}

// Reports a process that does not end. One that the cgroup reaches was killed, whether or not it
// may be signalled.
void GuardProcess::report_stuck() {
  const pid_t pid = left_ != 0 ? left_ : leaf_.any();
  tell({.kind = GuardReport::Kind::kStuck,
        .value = pid,
        .refused = left_ != 0 && refused_ && !leaf_.reaches(pid)});
}

// Continues a count in progress. Measures processor time, not elapsed time: on a busy machine
// counting is not more work.
void GuardProcess::count() {
  if (!count_) return;
  if (!guard_.busy() || guard_.kills()) return count_.reset();
  const core::Duration before = processor_time();
  const bool complete = count_->go_on(kube::boot_now() + kCountPart);
  count_cost_ += processor_time() - before;
  if (!complete) return;
  guard_.counted(count_->found());
  schedule_.counted(count_began_, count_cost_);
  tell({.kind = GuardReport::Kind::kCounted, .count = count_->found()});
  report_refused(count_->refused());
  count_.reset();
}

// Reports the first process that the cgroup does not reach either, once per term.
void GuardProcess::report_refused(const std::vector<DescendantCount::Refused>& refused) {
  if (told_refused_) return;
  const auto found = std::find_if(
      refused.begin(), refused.end(),
      [this](const DescendantCount::Refused& process) { return !leaf_.reaches(process.pid); });
  if (found == refused.end()) return;
  told_refused_ = true;
  tell({.kind = GuardReport::Kind::kRefused, .value = found->pid, .count = found->uid});
}

void GuardProcess::remove_leaf() {
  waits_for_leaf_ = false;
  int error = leaf_.remove();
  for (int i = 1; error == EBUSY && i < kRemovals; ++i) {
    ::nanosleep(&kRemoveAgain, nullptr);
    error = leaf_.remove();
  }
  if (error == 0 || std::exchange(told_leaf_stays_, true)) return;
  tell({.kind = GuardReport::Kind::kLeafStays, .value = error});
}

}  // namespace

int fork_guard(const GuardSetup& setup, pid_t& pid) {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0) return -1;
  sigset_t all;
  sigset_t mask;
  const sigset_t childs_mask = inherited_mask();
  sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, &mask);
  pid = ::fork();
  const int error = errno;
  if (pid == 0) {
    ::close(pair[0]);
    ::setpgid(0, 0);  // the guard must not get keyboard signals
    ::prctl(PR_SET_NAME, kProcessName);
    GuardProcess(setup, pair[1], childs_mask).run();
  }
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
  ::close(pair[1]);
  if (pid < 0) {
    ::close(pair[0]);
    errno = error;
    return -1;
  }
  kube::own_child(pid);
  return pair[0];
}

Obstacle await_guard(int socket) {
  pollfd wait{.fd = socket, .events = POLLIN, .revents = 0};
  int there = 0;
  do {
    there = ::poll(&wait, 1, kReadyWithin);
  } while (there < 0 && errno == EINTR);
  GuardReport report;
  if (there <= 0 || receive_message(socket, report) != Received::kMessage) {
    return Obstacle::kGuardGone;
  }
  return static_cast<Obstacle>(report.value);
}

void end_guard(int socket, pid_t pid) {
  if (socket >= 0) ::close(socket);
  if (pid > 0) kube::collect_child_within(pid, std::chrono::seconds(1));
}

}  // namespace elector::cmd
