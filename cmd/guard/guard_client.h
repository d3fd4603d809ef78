// SPDX-License-Identifier: Apache-2.0
// elector's side of the guard: sends it commands, and does its work when it is gone or silent, as
// core/guard_watch.h decides.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cmd/guard/cgroup_leaf.h"
#include "cmd/guard/guard_process.h"
#include "cmd/guard/process_tree.h"
#include "cmd/guard/protocol.h"
#include "core/error.h"
#include "core/guard.h"
#include "core/guard_watch.h"
#include "core/time.h"
#include "kube/base/poller.h"

namespace elector::cmd {

class GuardClient {
 public:
  struct Handler {
    std::function<void(const GuardReport& report)> on_report;
    // Called when the guard has died, or was killed because it did not answer in time. Everything
    // below elector is being killed, except what elector itself started or had before. on_gone
    // follows when nothing is left; before that, a kStuck report if something stays.
    std::function<void(const std::string& why)> on_lost;
    std::function<void()> on_gone;
  };

  // `guard` comes from fork_guard(). patience: how long the guard may take to answer.
  // The poller must outlive this. Fails with kSystem.
  static Expected<std::unique_ptr<GuardClient>> create(kube::Poller& poller,
                                                       const ForkedGuard& guard,
                                                       core::Duration patience, Handler handler);
  // Ends the guard, as end_guard().
  ~GuardClient();
  GuardClient(const GuardClient&) = delete;
  GuardClient& operator=(const GuardClient&) = delete;

  void begin(core::TermLimits limits, const std::vector<std::string>& variables);
  void extend(core::TermLimits limits);
  // gone_by: when nothing may be left, if earlier than the last renewal requires.
  void end(ChildSignal signal, core::BootTime kill_by, core::BootTime gone_by);
  // Sends the signal once the guard has answered enough commands: a flood of signals must not fill
  // the socket, because a guard that cannot receive commands counts as dead.
  void signal(ChildSignal signal);

  // False once the guard is dead or silent.
  bool trusted() const { return !lost_; }

 private:
  GuardClient(kube::Poller& poller, const ForkedGuard& guard, core::Duration patience,
              Handler handler)
      : poller_(poller),
        socket_(guard.socket),
        guard_(guard.pid),
        watch_(patience),
        handler_(std::move(handler)),
        leaf_(guard.leaf) {}
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
  bool no_child_left() const;
  void report_stuck(const Killing& killing);
  std::vector<pid_t> others_children() const;

  kube::Poller& poller_;
  int socket_;
  pid_t guard_;  // -1 once waited for
  core::GuardWatch watch_;
  const Handler handler_;
  const CgroupLeaf leaf_;
  std::uint64_t last_serial_ = 0;
  std::uint64_t answered_ = 0;         // the last answered serial
  std::deque<ChildSignal> signals_{};  // not sent yet
  kube::Poller::TimerId timer_ = 0;
  std::optional<core::BootTime> blind_since_{};  // see kill_command()
  bool told_stuck_ = false;
  bool lost_ = false;
  core::BootTime lost_at_{};
};

}  // namespace elector::cmd
