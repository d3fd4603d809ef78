// elector's side of the guard: tells it what to do, and does its work when it is gone or silent,
// which core/guard_watch.h decides.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cmd/guard_message.h"
#include "cmd/guard_process.h"
#include "core/guard.h"
#include "core/guard_watch.h"
#include "core/time.h"
#include "kube/error.h"
#include "kube/poller.h"

namespace elector::cmd {

class GuardLink {
 public:
  struct Handler {
    std::function<void(const GuardReport& report)> on_report;
    // The guard died, or did not answer in time and was killed. Everything below elector is being
    // killed, except what elector itself started or had before; on_gone follows when nothing is
    // left, and a report with kStuck before if something stays.
    std::function<void(const std::string& why)> on_lost;
    std::function<void()> on_gone;
  };

  // `guard` comes from fork_guard(). patience: how long the guard may take to answer.
  // The poller must outlive this. Fails with kSystem.
  static kube::Expected<std::unique_ptr<GuardLink>> create(kube::Poller& poller,
                                                           const ForkedGuard& guard,
                                                           core::Duration patience,
                                                           Handler handler);
  // As end_guard().
  ~GuardLink();
  GuardLink(const GuardLink&) = delete;
  GuardLink& operator=(const GuardLink&) = delete;

  void begin(core::TermLimits limits, const std::vector<std::string>& variables);
  void extend(core::TermLimits limits);
  // gone_by: when nothing may be left, if that is earlier than by the last renewal.
  void end(ChildSignal signal, core::BootTime kill_by, core::BootTime gone_by);
  // As soon as the guard has answered enough of what it was told: a flood of signals must not fill
  // the socket, for a guard that cannot be told anything counts as dead.
  void signal(ChildSignal signal);

  // False once the guard is dead or silent.
  bool trusted() const { return !lost_; }

 private:
  GuardLink(kube::Poller& poller, const ForkedGuard& guard, core::Duration patience,
            Handler handler)
      : poller_(poller),
        socket_(guard.socket),
        guard_(guard.pid),
        watch_(patience),
        handler_(std::move(handler)) {}
  void send_signals();
  void ask();
  void send(GuardCommand command, const std::vector<std::string>& variables = {});
  void receive();
  void arm();
  void look();
  void lose(const std::string& why);
  void kill_command();
  void kill_everything();
  bool all_gone() const;
  std::vector<pid_t> others_children() const;

  kube::Poller& poller_;
  int socket_;
  pid_t guard_;  // -1 once it was waited for
  core::GuardWatch watch_;
  const Handler handler_;
  std::uint64_t last_serial_ = 0;
  std::uint64_t answered_ = 0;         // the last serial that was
  std::deque<ChildSignal> signals_{};  // not sent yet
  kube::Poller::TimerId timer_ = 0;
  std::optional<core::BootTime> blind_since_{};  // see kill_command()
  bool told_stuck_ = false;
  bool lost_ = false;
  core::BootTime lost_at_{};
};

}  // namespace elector::cmd
