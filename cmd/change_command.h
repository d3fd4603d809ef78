// The command of `watch --exec`: run at each change, one at a time, never behind the times.
#pragma once

#include <sys/types.h>

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cmd/log.h"
#include "kube/child_watch.h"
#include "kube/poller.h"

namespace elector::cmd {

class ChangeCommand {
 public:
  // The facts of one change, as variables of the environment.
  using Facts = std::vector<std::pair<std::string, std::string>>;

  // `command` is for /bin/sh -c. Poller and log must outlive this.
  ChangeCommand(kube::Poller& poller, const Log& log, std::string command)
      : poller_(poller), log_(log), command_(std::move(command)) {}
  ChangeCommand(const ChangeCommand&) = delete;
  ChangeCommand& operator=(const ChangeCommand&) = delete;

  // Runs it with these facts, when the present run is over. Of one `subject` only the latest facts
  // wait for that.
  void run(const std::string& subject, Facts facts);
  bool idle() const { return pid_ <= 0 && waiting_.empty(); }
  // Drops what waits and sends the signal to what runs.
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
  std::optional<kube::ChildWatch> child_;
};

}  // namespace elector::cmd
