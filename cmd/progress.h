// A line on the terminal, while a command waits: for what, and for how long by now. In a pipe there
// is none.
#pragma once

#include <functional>
#include <string>

#include "core/time.h"
#include "kube/poller.h"

namespace elector::cmd {

class Progress {
 public:
  // `what`: how the line goes on after "waiting", "for a leader of example" say; asked once a
  // second, for the first time after one. The poller must outlive this.
  Progress(kube::Poller& poller, std::function<std::string()> what);
  ~Progress() { stop(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Takes the line off, for another text to take its place. It comes back with the next second.
  void clear();
  // Takes it off for good.
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
