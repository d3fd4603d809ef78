// SPDX-License-Identifier: Apache-2.0
#include "cmd/guard/guard_client.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <utility>

#include "kube/auth/children.h"

namespace elector::cmd {
namespace {

// How many commands may be unanswered before signals are held back; the socket holds several times
// that. Signals beyond what the kernel itself would queue are dropped.
constexpr std::uint64_t kMostUnanswered = 64;
constexpr std::size_t kMostWaiting = 4096;

// How long a guard hidden from /proc may take to answer when nothing of the command may be left.
constexpr core::Duration kBlindPatience = std::chrono::milliseconds(50);

}  // namespace

Expected<std::unique_ptr<GuardClient>> GuardClient::create(kube::Poller& poller,
                                                           const ForkedGuard& guard,
                                                           core::Duration patience,
                                                           Handler handler) {
  std::unique_ptr<GuardClient> link(new GuardClient(poller, guard, patience, std::move(handler)));
  for (const pid_t child : guard.earlier_children) kube::own_child(child);
  GuardClient* raw = link.get();
  if (auto failure = poller.add(guard.socket, EPOLLIN, [raw](std::uint32_t) { raw->receive(); })) {
    return *failure;
  }
  return link;
}

GuardClient::~GuardClient() {
  poller_.cancel_timer(timer_);
  if (socket_ >= 0) poller_.remove(socket_);
  end_guard(socket_, guard_);
}

void GuardClient::begin(core::TermLimits limits, const std::vector<std::string>& variables) {
  watch_.begin(limits);
  send({.kind = GuardCommand::Kind::kBegin, .limits = limits}, variables);
}

void GuardClient::extend(core::TermLimits limits) {
  watch_.extend(limits);
  send({.kind = GuardCommand::Kind::kExtend, .limits = limits});
}

void GuardClient::end(ChildSignal signal, core::BootTime kill_by, core::BootTime gone_by) {
  watch_.end(gone_by);
  send({.kind = GuardCommand::Kind::kEnd, .signal = signal, .limits = {}, .kill_by = kill_by});
}

void GuardClient::signal(ChildSignal signal) {
  if (signals_.size() < kMostWaiting) signals_.push_back(signal);
  send_signals();
}

void GuardClient::send_signals() {
  while (!signals_.empty() && last_serial_ - answered_ < kMostUnanswered && !lost_) {
    const ChildSignal signal = signals_.front();
    signals_.pop_front();
    send({.kind = GuardCommand::Kind::kSignal, .signal = signal, .limits = {}});
  }
}

// Sends a command only for its answer.
void GuardClient::ask() {
  send({.kind = GuardCommand::Kind::kSignal, .signal = {}, .limits = {}});
}

void GuardClient::send(GuardCommand command, const std::vector<std::string>& variables) {
  if (lost_) return;
  command.serial = ++last_serial_;
  if (!send_message(socket_, command, variables)) return lose("cannot send to the guard process");
  watch_.told(command.serial, kube::boot_now());
  arm();
}

void GuardClient::receive() {
  GuardReport report;
  while (!lost_) {
    switch (receive_message(socket_, report)) {
      case Received::kNothing:
        return arm();
      case Received::kEnd:
        return lose("the guard process has died");
      case Received::kMessage:
        if (report.kind == GuardReport::Kind::kAnswer) {
          answered_ = report.serial;
          watch_.answered(report.serial);
          send_signals();
        }
        if (report.kind == GuardReport::Kind::kCounted) watch_.counted(report.count);
        if (report.kind == GuardReport::Kind::kKilled) watch_.kills();
        if (report.kind == GuardReport::Kind::kGone) watch_.gone();
        handler_.on_report(report);
    }
  }
}

void GuardClient::arm() {
  if (lost_) return;  // the timer belongs to kill_everything()
  poller_.cancel_timer(std::exchange(timer_, 0));
  const auto at = watch_.next_wake();
  if (!at) return;
  timer_ = poller_.start_timer_at(*at, [this] {
    timer_ = 0;
    look();
  });
}

void GuardClient::look() {
  receive();  // what has arrived by now counts: elector may have been stopped
  if (lost_) return;
  for (const core::GuardWatch::Action action : watch_.tick(kube::boot_now())) {
    switch (action) {
      case core::GuardWatch::Action::kAsk:
        ask();
        if (lost_) return;  // lose() has started the killing
        break;
      case core::GuardWatch::Action::kKillCommand:
        kill_command();
        if (lost_) return;
        break;
      case core::GuardWatch::Action::kGiveUp:
        return lose("the guard process does not answer");
    }
  }
  arm();
}

void GuardClient::lose(const std::string& why) {
  if (std::exchange(lost_, true)) return;
  lost_at_ = kube::boot_now();
  poller_.cancel_timer(std::exchange(timer_, 0));
  poller_.remove(socket_);
  ::close(std::exchange(socket_, -1));
  handler_.on_lost(why);
  kill_everything();
}

// Kills what is below a guard that may only be slow. If /proc hides the guard, it hides the guard's
// list of children too: visible processes name it as their parent, the others appear only when the
// guard is gone. So a hidden guard that does not answer at once is given up.
void GuardClient::kill_command() {
  kill_descendants(guard_);
  leaf_.kill();
  const core::BootTime now = kube::boot_now();
  const bool hidden = children(::getpid()).listed && !children(guard_).listed;
  if (answered_ == last_serial_ || !hidden) {
    blind_since_.reset();
  } else if (!blind_since_) {
    blind_since_ = now;
  } else if (now - *blind_since_ >= kBlindPatience) {
    lose("the guard process does not answer");
  }
}

// Kills what the dead guard watched over: this process is a subreaper too. The guard itself, which
// may only be stopped, is killed first and takes the child along (start_child()), without a check
// of /proc, where a process that leaves no core dump (main()) may be hidden.
void GuardClient::kill_everything() {
  if (guard_ > 0 && kube::collect_child(guard_)) guard_ = -1;
  if (guard_ > 0) ::kill(guard_, SIGKILL);
  const Killing killing = kill_descendants(::getpid(), others_children());
  leaf_.kill();
  kube::reap_children();
  if (all_gone()) {
    leaf_.remove();
    return handler_.on_gone();
  }
  const auto killing_for = kube::boot_now() - lost_at_;
  if (core::is_stuck(killing_for, watch_.processes())) report_stuck(killing);
  const auto pause = core::kill_again_after(killing_for, watch_.processes());
  timer_ = poller_.start_timer(pause, [this] {
    timer_ = 0;
    kill_everything();
  });
}

// Reports once. A process that the cgroup reaches was killed, whether or not it may be signalled.
void GuardClient::report_stuck(const Killing& killing) {
  const pid_t pid = killing.last != 0 ? killing.last : leaf_.any();
  if (pid == 0 || std::exchange(told_stuck_, true)) return;
  handler_.on_report({.kind = GuardReport::Kind::kStuck,
                      .value = pid,
                      .refused = killing.refused && !leaf_.reaches(pid)});
}

// Returns the children that are not the command's: those that elector started for itself, and those
// that the process had before.
std::vector<pid_t> GuardClient::others_children() const {
  std::vector<pid_t> others = kube::owned_children();
  std::erase(others, guard_);
  return others;
}

// What the wait cannot prove is still in the cgroup: a process that was started in another PID
// namespace, for example by nsenter(1).
bool GuardClient::all_gone() const {
  return no_child_left() && !leaf_.populated();
}

// ECHILD proves it. While elector has a living child that is not the command's, its own list of
// children proves it, too: what the guard left behind is in it at the latest when its own parent
// ends, and leaves it only through elector's wait.
bool GuardClient::no_child_left() const {
  siginfo_t info{};
  if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD) return true;
  const Children left = children(::getpid());
  const std::vector<pid_t> others = others_children();
  return left.listed && std::all_of(left.pids.begin(), left.pids.end(), [&](pid_t pid) {
           return std::find(others.begin(), others.end(), pid) != others.end();
         });
}

}  // namespace elector::cmd
