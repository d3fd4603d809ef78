#include "cmd/guard_link.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <utility>

#include "cmd/process_tree.h"
#include "kube/children.h"

namespace elector::cmd {
namespace {

// How much the guard may be told before it answers, as far as signals go; the socket holds several
// times that. More of them than the kernel itself would queue are dropped.
constexpr std::uint64_t kMostUnanswered = 64;
constexpr std::size_t kMostWaiting = 4096;

// How long a guard that /proc hides may take to answer when nothing of the command may be left.
constexpr core::Duration kBlindPatience = std::chrono::milliseconds(50);

}  // namespace

kube::Expected<std::unique_ptr<GuardLink>> GuardLink::create(kube::Poller& poller,
                                                             const ForkedGuard& guard,
                                                             core::Duration patience,
                                                             Handler handler) {
  std::unique_ptr<GuardLink> link(new GuardLink(poller, guard, patience, std::move(handler)));
  for (const pid_t child : guard.earlier_children) kube::own_child(child);
  GuardLink* raw = link.get();
  if (auto failure = poller.add(guard.socket, EPOLLIN, [raw](std::uint32_t) { raw->receive(); })) {
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
        kill_command();
        if (lost_) return;
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

// Below a guard that may only be slow. Where /proc hides the guard, its list of children is hidden
// too: what can be seen names it as its parent, and what cannot comes to light when the guard is
// gone. So a guard that then does not answer at once is given up.
void GuardLink::kill_command() {
  kill_descendants(guard_);
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

// With the guard dead, what it watched over is ours: this process is a subreaper too. The guard
// itself, which may only be stopped, comes first, and takes the child along (start_child()). It is
// killed without a look at /proc, where a process that leaves no core dump (main()) may be hidden.
void GuardLink::kill_everything() {
  if (guard_ > 0 && kube::collect_child(guard_)) guard_ = -1;
  if (guard_ > 0) ::kill(guard_, SIGKILL);
  const Killing killing = kill_descendants(::getpid(), others_children());
  kube::reap_children();
  if (all_gone()) return handler_.on_gone();
  const auto killing_for = kube::boot_now() - lost_at_;
  if (core::is_stuck(killing_for) && killing.last != 0 && !std::exchange(told_stuck_, true)) {
    handler_.on_report(
        {.kind = GuardReport::Kind::kStuck, .value = killing.last, .refused = killing.refused});
  }
  timer_ = poller_.start_timer(core::kill_again_after(killing_for), [this] {
    timer_ = 0;
    kill_everything();
  });
}

// The children that are not the command's: those that elector started for itself, and those that
// the process had before.
std::vector<pid_t> GuardLink::others_children() const {
  std::vector<pid_t> others = kube::owned_children();
  std::erase(others, guard_);
  return others;
}

// ECHILD proves it. While a child of ours lives that is not the command's, our own list of children
// proves it, too: what the guard left behind is in it at the latest when its own parent ends, and
// nothing leaves it but by our wait.
bool GuardLink::all_gone() const {
  siginfo_t info{};
  if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD) return true;
  const Children left = children(::getpid());
  const std::vector<pid_t> others = others_children();
  return left.listed && std::all_of(left.pids.begin(), left.pids.end(), [&](pid_t pid) {
           return std::find(others.begin(), others.end(), pid) != others.end();
         });
}

}  // namespace elector::cmd
