// SPDX-License-Identifier: Apache-2.0
// The command of `watch --exec`: runs at each change, one run at a time, always with the latest
// facts.
#pragma once

#include <sys/types.h>

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cmd/output/log.h"
#include "kube/auth/child_watch.h"
#include "kube/base/poller.h"

namespace elector::cmd {

class ChangeHook {
 public:
  // The facts of one change, as environment variables.
  using Facts = std::vector<std::pair<std::string, std::string>>;

  // `command` is passed to /bin/sh -c. Poller and log must outlive this.
  ChangeHook(kube::Poller& poller, const Log& log, std::string command)
      : poller_(poller), log_(log), command_(std::move(command)) {}
  ChangeHook(const ChangeHook&) = delete;
  ChangeHook& operator=(const ChangeHook&) = delete;

  // Runs the command with these facts once the current run has ended. Only the latest facts of each
  // `subject` wait for that.
  void run(const std::string& subject, Facts facts);
  bool idle() const { return pid_ <= 0 && waiting_.empty(); }
  // Drops what waits and sends the signal to the current run: to all that it has started, or at a
  // terminal to the shell alone.
  void stop(int signal);

 private:
  void start_next();
  void start(const Facts& facts);
  void on_exit();

  kube::Poller& poller_;
  const Log& log_;
  const std::string command_;
  std::deque<std::pair<std::string, Facts>> waiting_;
  pid_t pid_ = -1;
  bool own_group_ = false;  // the process leads a process group
  std::optional<kube::ChildWatch> child_;
};

}  // namespace elector::cmd
