// SPDX-License-Identifier: Apache-2.0
// The processes of the command that a guard starts: the child, and what it leaves running. What
// kills which of them, and how soon, is drawn: a command that stops when it is asked to, one that
// takes its time, one that ignores the request, one that ends by itself, one with so many processes
// that killing them takes a while.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/time.h"
#include "tests/protocol/sim/local.h"

namespace elector::tests {

class Host;
class World;

class Command {
 public:
  struct Handler {
    std::function<void()> on_exec;   // it runs from now on
    std::function<void()> on_child;  // SIGCHLD: a process ended, or its exec succeeded or failed
  };

  Command(World& world, const Host& host, Local& local, Handler handler)
      : world_(world), host_(host), local_(local), handler_(std::move(handler)) {}

  // Forks. may_exec is called in the child before it becomes the command. killing: how long its
  // processes take to die of SIGKILL, at most.
  void start(std::function<bool()> may_exec, core::Duration killing);

  bool child() const { return forked_ || child_; }  // or the process that will become it
  bool there() const { return child() || rest_; }   // any process
  bool works() const { return (child_ || rest_) && !frozen_; }
  bool executed() const { return executed_; }
  core::Duration killing() const { return killing_; }

  void ask_child();   // SIGTERM to the child
  void ask_rest();    // to all others
  void kill();        // SIGKILL to all
  void guard_died();  // the child dies with its parent
  void vanish();      // with the machine
  void freeze();      // stopped, as by a cgroup's freezer
  void thaw();

 private:
  void later(core::Duration delay, Local::Action what);
  void exec();
  void end_child(core::Duration most);
  void end_rest(core::Duration most);

  World& world_;
  const Host& host_;
  Local& local_;
  Handler handler_;
  std::function<bool()> may_exec_{};
  core::Duration killing_{};
  std::uint64_t term_ = 0;
  bool forked_ = false;  // and not executed yet
  bool executed_ = false;
  bool child_ = false;
  bool rest_ = false;
  bool dying_ = false;
  bool frozen_ = false;
  std::vector<Local::Action> missed_{};  // while it was frozen
};

}  // namespace elector::tests
