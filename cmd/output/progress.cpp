// SPDX-License-Identifier: Apache-2.0
#include "cmd/output/progress.h"

#include <unistd.h>

#include <chrono>
#include <utility>

#include "cmd/output/duration.h"
#include "cmd/output/nonblocking_write.h"
#include "cmd/output/terminal.h"

namespace elector::cmd {

Progress::Progress(kube::Poller& poller, std::function<std::string()> what,
                   std::function<void(const std::string& line)> log, core::Duration period)
    : poller_(poller),
      what_(std::move(what)),
      log_(is_terminal(STDERR_FILENO) ? nullptr : std::move(log)),
      period_(period) {
  if (is_terminal(STDERR_FILENO)) show_soon();
  if (!log_) return;
  tell();
  log_later();
}

void Progress::tell() {
  if (log_) log_("waiting " + what_());
}

void Progress::clear() {
  if (std::exchange(shown_, false)) say("\r\x1b[K");
}

void Progress::stop() {
  poller_.cancel_timer(std::exchange(timer_, 0));
  clear();
}

void Progress::show_soon() {
  timer_ = poller_.start_timer(std::chrono::seconds(1), [this] {
    const std::string waited = short_duration(kube::boot_now() - began_);
    say("\r\x1b[Kwaiting " + what_() + ": " + waited);
    shown_ = true;
    show_soon();
  });
}

void Progress::log_later() {
  timer_ = poller_.start_timer(period_, [this] {
    log_("still waiting " + what_() + ", for " + short_duration(kube::boot_now() - began_));
    log_later();
  });
}

}  // namespace elector::cmd
