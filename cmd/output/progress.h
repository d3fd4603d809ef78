// SPDX-License-Identifier: Apache-2.0
// What a command waits for, and how long so far: a line on the terminal, or, where standard error
// is not a terminal, a line of the log now and then.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "core/time.h"
#include "kube/base/poller.h"

namespace elector::cmd {

class Progress {
 public:
  // `what`: how the line continues after "waiting", for example "for a leader of example"; called
  // once a second, for the first time after one second. Without a terminal, `log` (if any) is
  // called with the line at once, by tell(), and once per `period`. The poller must outlive this.
  Progress(kube::Poller& poller, std::function<std::string()> what,
           std::function<void(const std::string& line)> log = {},
           core::Duration period = std::chrono::minutes(1));
  ~Progress() { stop(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Without a terminal: logs the line now, because there is something new in it.
  void tell();
  // Removes the line, so that other text can take its place. It returns with the next second.
  void clear();
  // Removes the line for good.
  void stop();

 private:
  void show_soon();
  void log_later();

  kube::Poller& poller_;
  const std::function<std::string()> what_;
  const std::function<void(const std::string& line)> log_;  // none on a terminal
  const core::Duration period_;
  const core::BootTime began_ = kube::boot_now();
  kube::Poller::TimerId timer_ = 0;
  bool shown_ = false;
};

}  // namespace elector::cmd
