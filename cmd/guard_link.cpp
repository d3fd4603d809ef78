#include "cmd/guard_link.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "cmd/guard_process.h"
#include "cmd/process_tree.h"

namespace elector::cmd {
namespace {

// How much the guard may be told before it answers, as far as signals go; the socket holds several
// times that. More of them than the kernel itself would queue are dropped.
constexpr std::uint64_t kMostUnanswered = 64;
constexpr std::size_t kMostWaiting = 4096;

}  // namespace

kube::Expected<std::unique_ptr<GuardLink>> GuardLink::create(kube::Poller& poller, int socket,
                                                             pid_t guard, core::Duration patience,
                                                             Handler handler, CgroupLeaf leaf) {
  std::unique_ptr<GuardLink> link(
      new GuardLink(poller, socket, guard, patience, std::move(handler), std::move(leaf)));
  GuardLink* raw = link.get();
  if (auto failure = poller.add(socket, EPOLLIN, [raw](std::uint32_t) { raw->receive(); })) {
    return *failure;
  }
  return link;
}

GuardLink::~GuardLink() {
  poller_.cancel_timer(timer_);
  if (socket_ >= 0) poller_.remove(socket_);
  end_guard(socket_, guard_);
}

void GuardLink::begin(core::TermLimits limits, const std::vector<std::string>& variables) {
  watch_.begin(limits);
  send({.kind = GuardCommand::Kind::kBegin, .limits = limits}, variables);
}

void GuardLink::extend(core::TermLimits limits) {
  watch_.extend(limits);
  send({.kind = GuardCommand::Kind::kExtend, .limits = limits});
}

void GuardLink::end(ChildSignal signal, core::BootTime kill_by, core::BootTime gone_by) {
  watch_.end(gone_by);
  send({.kind = GuardCommand::Kind::kEnd, .signal = signal, .limits = {}, .kill_by = kill_by});
}

void GuardLink::signal(ChildSignal signal) {
  if (signals_.size() < kMostWaiting) signals_.push_back(signal);
  send_signals();
}

void GuardLink::send_signals() {
  while (!signals_.empty() && last_serial_ - answered_ < kMostUnanswered && !lost_) {
    const ChildSignal signal = signals_.front();
    signals_.pop_front();
    send({.kind = GuardCommand::Kind::kSignal, .signal = signal, .limits = {}});
  }
}

// For the sake of the answer.
void GuardLink::ask() {
  send({.kind = GuardCommand::Kind::kSignal, .signal = {}, .limits = {}});
}

void GuardLink::send(GuardCommand command, const std::vector<std::string>& variables) {
  if (lost_) return;
  command.serial = ++last_serial_;
  if (!send_message(socket_, command, variables)) return lose("the guard cannot be told anything");
  watch_.told(command.serial, kube::boot_now());
  arm();
}

void GuardLink::receive() {
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

void GuardLink::arm() {
  if (lost_) return;  // the timer is kill_everything()'s
  poller_.cancel_timer(std::exchange(timer_, 0));
  const auto at = watch_.next_wake();
  if (!at) return;
  timer_ = poller_.start_timer_at(*at, [this] {
    timer_ = 0;
    look();
  });
}

void GuardLink::look() {
  receive();  // what has come in by now counts: it may be us who were stopped
  if (lost_) return;
  for (const core::GuardWatch::Action action : watch_.tick(kube::boot_now())) {
    switch (action) {
      case core::GuardWatch::Action::kAsk:
        ask();
        if (lost_) return;  // and that has begun what there is to do
        break;
      case core::GuardWatch::Action::kKillCommand:
        kill_descendants(guard_);
        leaf_.kill();
        break;
      case core::GuardWatch::Action::kGiveUp:
        return lose("the guard process does not answer");
    }
  }
  arm();
}

void GuardLink::lose(const std::string& why) {
  if (std::exchange(lost_, true)) return;
  lost_at_ = kube::boot_now();
  poller_.cancel_timer(std::exchange(timer_, 0));
  poller_.remove(socket_);
  ::close(std::exchange(socket_, -1));
  handler_.on_lost(why);
  kill_everything();
}

// With the guard dead, what it watched over is ours: this process is a subreaper too. The guard
// itself, which may only be stopped, comes first, and takes the child along (start_child()). It is
// killed without a look at /proc, where a process that leaves no core dump (main()) may be hidden.
void GuardLink::kill_everything() {
  if (guard_ > 0) ::kill(guard_, SIGKILL);
  kill_descendants(::getpid());
  leaf_.kill();
  for (pid_t pid = 0; (pid = ::waitpid(-1, nullptr, WNOHANG)) > 0;) {
    if (pid == guard_) guard_ = -1;
  }
  siginfo_t info{};
  if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD &&
      !leaf_.populated()) {
    leaf_.remove();
    return handler_.on_gone();
  }
  const auto pause = core::kill_again_after(kube::boot_now() - lost_at_);
  timer_ = poller_.start_timer(pause, [this] {
    timer_ = 0;
    kill_everything();
  });
}

void GuardLink::reap_orphans() {
  if (lost_) return;  // kill_everything() takes all
  for (const pid_t pid : zombie_children(::getpid())) {
    if (pid != guard_) ::waitpid(pid, nullptr, WNOHANG);
  }
}

}  // namespace elector::cmd
