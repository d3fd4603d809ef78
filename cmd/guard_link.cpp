#include "cmd/guard_link.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

#include "cmd/process_tree.h"

namespace elector::cmd {
namespace {

constexpr core::Duration kKillAgain = std::chrono::milliseconds(5);

}  // namespace

kube::Expected<std::unique_ptr<GuardLink>> GuardLink::create(kube::Poller& poller, int socket,
                                                             pid_t guard, core::Duration patience,
                                                             Handler handler) {
  std::unique_ptr<GuardLink> link(
      new GuardLink(poller, socket, guard, patience, std::move(handler)));
  GuardLink* raw = link.get();
  if (auto failure = poller.add(socket, EPOLLIN, [raw](std::uint32_t) { raw->receive(); })) {
    return *failure;
  }
  return link;
}

GuardLink::~GuardLink() {
  poller_.cancel_timer(timer_);
  poller_.cancel_timer(end_timer_);
  if (socket_ < 0) return;
  poller_.remove(socket_);
  ::close(socket_);  // the guard takes this for our end, and ends too
}

void GuardLink::begin(core::TermLimits limits, const std::vector<std::string>& variables) {
  gone_by_ = limits.gone_by;
  send({.kind = GuardCommand::Kind::kBegin, .limits = limits}, variables);
  watch_end();
}

void GuardLink::extend(core::TermLimits limits) {
  if (gone_by_) gone_by_ = limits.gone_by;
  send({.kind = GuardCommand::Kind::kExtend, .limits = limits});
  watch_end();
}

void GuardLink::end(int signal, core::BootTime kill_by, core::BootTime gone_by) {
  if (gone_by_) gone_by_ = std::min(*gone_by_, gone_by);
  send({.kind = GuardCommand::Kind::kEnd, .signal = signal, .limits = {}, .kill_by = kill_by});
  watch_end();
}

void GuardLink::signal(int signal) {
  send({.kind = GuardCommand::Kind::kSignal, .signal = signal, .limits = {}});
}

void GuardLink::send(GuardCommand command, const std::vector<std::string>& variables) {
  if (lost_) return;
  command.serial = ++last_serial_;
  if (!send_message(socket_, command, variables)) return lose("the guard cannot be told anything");
  unanswered_.push_back({command.serial, kube::boot_now() + patience_});
  watch_answers();
}

void GuardLink::receive() {
  GuardReport report;
  while (!lost_) {
    switch (receive_message(socket_, report)) {
      case Received::kNothing:
        return;
      case Received::kEnd:
        return lose("the guard process has died");
      case Received::kMessage:
        while (report.kind == GuardReport::Kind::kAnswer && !unanswered_.empty() &&
               unanswered_.front().serial <= report.serial) {
          unanswered_.pop_front();
        }
        watch_answers();
        if (report.kind == GuardReport::Kind::kGone) {
          gone_by_.reset();
          watch_end();
        }
        handler_.on_report(report);
    }
  }
}

// A guard that does not answer may have been stopped, and then it would not kill at the deadline.
void GuardLink::watch_answers() {
  poller_.cancel_timer(std::exchange(timer_, 0));
  if (unanswered_.empty()) return;
  timer_ = poller_.start_timer_at(unanswered_.front().until, [this] {
    timer_ = 0;
    receive();  // what has come in by now counts: it may be us who were stopped
    if (!lost_ && !unanswered_.empty() && kube::boot_now() >= unanswered_.front().until) {
      lose("the guard process does not answer");
    }
  });
}

// The guard may have been stopped after its last answer, while nothing more was to be told to it:
// then it does not kill when the lease ends. So what is left of the command then is killed from
// here, too, and the guard has to answer once more.
void GuardLink::watch_end() {
  poller_.cancel_timer(std::exchange(end_timer_, 0));
  if (!gone_by_ || lost_) return;
  end_timer_ = poller_.start_timer_at(*gone_by_, [this] {
    end_timer_ = 0;
    receive();  // it may say that nothing is left
    if (!gone_by_ || lost_) return;
    signal(0);
    kill_command();
  });
}

void GuardLink::kill_command() {
  if (!gone_by_ || lost_) return;
  for (const ProcessId& process : descendants(guard_)) send_signal(process, SIGKILL);
  end_timer_ = poller_.start_timer(kKillAgain, [this] {
    end_timer_ = 0;
    kill_command();
  });
}

void GuardLink::lose(const std::string& why) {
  if (std::exchange(lost_, true)) return;
  poller_.cancel_timer(std::exchange(timer_, 0));
  poller_.cancel_timer(std::exchange(end_timer_, 0));
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
  for (const ProcessId& process : descendants(::getpid())) send_signal(process, SIGKILL);
  for (pid_t pid = 0; (pid = ::waitpid(-1, nullptr, WNOHANG)) > 0;) {
    if (pid == guard_) guard_ = -1;
  }
  siginfo_t info{};
  if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD) {
    return handler_.on_gone();
  }
  timer_ = poller_.start_timer(kKillAgain, [this] {
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
