#include "cmd/progress.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <utility>

#include "cmd/election_view.h"
#include "cmd/terminal.h"

namespace elector::cmd {

Progress::Progress(kube::Poller& poller, std::function<std::string()> what)
    : poller_(poller), what_(std::move(what)) {
  if (is_terminal(STDERR_FILENO)) show_soon();
}

void Progress::clear() {
  if (std::exchange(shown_, false)) std::fputs("\r\x1b[K", stderr);
}

void Progress::stop() {
  poller_.cancel_timer(std::exchange(timer_, 0));
  clear();
}

void Progress::show_soon() {
  timer_ = poller_.start_timer(std::chrono::seconds(1), [this] {
    const std::string waited = short_duration(kube::boot_now() - began_);
    std::fprintf(stderr, "\r\x1b[Kwaiting %s: %s", what_().c_str(), waited.c_str());
    shown_ = true;
    show_soon();
  });
}

}  // namespace elector::cmd
