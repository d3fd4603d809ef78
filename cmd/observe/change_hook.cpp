// SPDX-License-Identifier: Apache-2.0
#include "cmd/observe/change_hook.h"

#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "cmd/guard/foreground.h"
#include "kube/auth/spawn.h"
#include "kube/base/signal_name.h"

namespace elector::cmd {
void ChangeHook::run(const std::string& subject, Facts facts) {
  const auto waits = std::find_if(waiting_.begin(), waiting_.end(),
                                  [&](const auto& one) { return one.first == subject; });
  if (waits != waiting_.end()) {
    waits->second = std::move(facts);
  } else {
    waiting_.emplace_back(subject, std::move(facts));
  }
  if (pid_ <= 0) start_next();
}

void ChangeHook::stop(int signal) {
  waiting_.clear();
  if (pid_ > 0) ::kill(own_group_ ? -pid_ : pid_, signal);
}

void ChangeHook::start_next() {
  while (pid_ <= 0 && !waiting_.empty()) {
    const Facts facts = std::move(waiting_.front().second);
    waiting_.pop_front();
    start(facts);
  }
}

void ChangeHook::start(const Facts& facts) {
  // A group of its own lets stop() reach what the shell runs. At a terminal the command stays in
  // elector's group, which is in the foreground: it may read there, and Ctrl-C and Ctrl-Z reach it.
  own_group_ = !Foreground::of_process().there();
  const int error = kube::spawn({.file = "/bin/sh",
                                 .arguments = {"sh", "-c", command_},
                                 .variables = facts,
                                 .own_group = own_group_},
                                pid_);
  if (error != 0) {
    pid_ = -1;
    log_.error(std::string("cannot run /bin/sh: ") + std::strerror(error));
    return;
  }
  child_.emplace(poller_, pid_, [this] { on_exit(); });
}

void ChangeHook::on_exit() {
  const int status = child_->reap().value_or(0);
  child_.reset();
  pid_ = -1;
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0) {
    log_.warn("the --exec command failed with exit code " + std::to_string(WEXITSTATUS(status)));
  } else if (WIFSIGNALED(status)) {
    log_.warn("the --exec command was killed by " + kube::signal_name(WTERMSIG(status)));
  }
  start_next();
}

}  // namespace elector::cmd
