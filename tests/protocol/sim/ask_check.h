// SPDX-License-Identifier: Apache-2.0
// Checks that what `elector resign` reports is true, and that it reports something in the end,
// against the history of the lock object and by independent rules.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/resignation.h"
#include "tests/protocol/sim/asker.h"
#include "tests/protocol/sim/schedule.h"

namespace elector::tests {

class Candidate;
class World;

class AskCheck {
 public:
  explicit AskCheck(World& world) : world_(world) {}

  // A process of this host begins to ask.
  void begins(const Asker& who, const core::ResignWish& wish);
  // It reports the result, and ends.
  void ends(const Asker& who, const Asker::Verdict& verdict);
  // A candidate's write has landed that acknowledges a request addressed to it.
  void acknowledged(const Candidate& who);
  void step();

  // A request to resign, or another write of `resign`, has been written now.
  void wrote();
  // When that was last.
  Real wrote_at() const { return wrote_at_; }

 private:
  struct Ask {
    const Asker* who = nullptr;
    core::ResignWish wish{};
    Real began{};
    core::BootTime
        began_there{};  // the same by the asker's clock, which stands still with its machine
    std::array<std::size_t, 2> shown_from{};  // in each object's history: what it may be shown
  };

  void judge(const Ask& ask, const Asking& asking);
  void done(const Ask& ask, const Asking& asking);
  void silent(const Ask& ask, const Asking& asking, bool renewed);
  void left_nothing(const Asking& asking);
  void watch_the_end(const Asking& asking);
  bool showed(const Ask& ask, std::size_t object,
              const std::function<bool(const core::Observation&)>& what) const;
  bool is_present_term(const Candidate& who, const core::Observation& addressed) const;
  const Candidate* addressee(const core::Observation& addressed) const;
  bool past_is_shown() const;
  void fail(const std::string& how) const;

  World& world_;
  std::vector<Ask> asks_{};  // under way
  Real wrote_at_{};
};

}  // namespace elector::tests
