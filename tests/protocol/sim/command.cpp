// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/sim/command.h"

#include <chrono>
#include <utility>

#include "tests/protocol/sim/host.h"
#include "tests/protocol/sim/world.h"

namespace elector::tests {

using core::Duration;
using std::chrono::milliseconds;

// By the machine's clock. The actions of frozen processes stand still with them; SIGKILL ends the
// processes nevertheless.
void Command::later(Duration delay, Local::Action what) {
  local_.at(local_.now() + delay, Duration::zero(), [this, term = term_, what = std::move(what)] {
    if (term != term_) return;
    if (frozen_ && !dying_) {
      missed_.push_back(what);
    } else {
      what();
    }
  });
}

void Command::start(std::function<bool()> may_exec, Duration killing) {
  ++term_;
  may_exec_ = std::move(may_exec);
  killing_ = killing;
  forked_ = true;
  executed_ = dying_ = false;
  missed_.clear();
  // A newly forked process may have to wait for the processor.
  const bool slow = world_.dice().chance(30);
  const Duration lease = host_.plan().timing.lease_duration;
  later(world_.dice().up_to(slow ? lease : Duration(milliseconds(1))), [this] { exec(); });
}

void Command::exec() {
  if (dying_) return;  // SIGKILL is pending
  if (!std::exchange(forked_, false)) return;
  executed_ = may_exec_();
  if (executed_) {
    child_ = true;
    rest_ = world_.dice().chance(300);
    handler_.on_exec();
    if (world_.dice().chance(60)) end_child(Duration(host_.plan().timing.lease_duration) * 4);
  }
  handler_.on_child();
}

void Command::ask_child() {
  if (!world_.dice().chance(300)) end_child(milliseconds(50));
}

void Command::ask_rest() {
  if (!world_.dice().chance(300)) end_rest(milliseconds(50));
}

void Command::kill() {
  if (!there() || std::exchange(dying_, true)) return;
  end_child(killing_);
  end_rest(killing_);
}

void Command::guard_died() {
  forked_ = child_ = false;
}

void Command::vanish() {
  ++term_;
  forked_ = child_ = rest_ = frozen_ = false;
}

void Command::freeze() {
  frozen_ = true;
}

void Command::thaw() {
  if (!std::exchange(frozen_, false)) return;
  for (const Local::Action& what : std::exchange(missed_, {})) what();
}

void Command::end_child(Duration most) {
  later(world_.dice().up_to(most), [this] {
    if (!child()) return;
    forked_ = child_ = false;
    handler_.on_child();
  });
}

void Command::end_rest(Duration most) {
  later(world_.dice().up_to(most), [this] {
    if (!std::exchange(rest_, false)) return;
    handler_.on_child();
  });
}

}  // namespace elector::tests
