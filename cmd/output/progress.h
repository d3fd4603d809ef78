// A line on the terminal while a command waits: what for, and how long so far. Shows nothing if
// standard error is not a terminal.
#pragma once

#include <functional>
#include <string>

#include "core/time.h"
#include "kube/base/poller.h"

namespace elector::cmd {

class Progress {
 public:
  // `what`: how the line continues after "waiting", for example "for a leader of example"; called
  // once a second, for the first time after one second. The poller must outlive this.
  Progress(kube::Poller& poller, std::function<std::string()> what);
  ~Progress() { stop(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Removes the line, so that other text can take its place. It returns with the next second.
  void clear();
  // Removes the line for good.
  void stop();

 private:
  void show_soon();

  kube::Poller& poller_;
  const std::function<std::string()> what_;
  const core::BootTime began_ = kube::boot_now();
  kube::Poller::TimerId timer_ = 0;
  bool shown_ = false;
};

}  // namespace elector::cmd
