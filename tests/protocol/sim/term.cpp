// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/sim/term.h"

#include <algorithm>

#include "tests/protocol/sim/candidate.h"
#include "tests/protocol/sim/witness.h"
#include "tests/protocol/sim/world.h"

namespace elector::tests {
namespace {

// Whether this is a write of this process that holds the lock object.
bool holds(const Candidate& who, const core::Observation& seen) {
  const core::Claim* claim = claim_of(seen);
  return claim != nullptr && claim->instance == who.instance() && !seen.record.holder.empty();
}

}  // namespace

const core::Observation* acquiring_write(const World& world, const Candidate& who) {
  for (const std::size_t object : who.plan().objects) {
    const auto& history = world.api().model().history(object);
    const auto found = std::find_if(history.rbegin(), history.rend(), [&](const auto& seen) {
      return number_of(seen) == who.token() && holds(who, seen);
    });
    if (found != history.rend()) return &*found;
  }
  return nullptr;
}

std::uint64_t first_version(const World& world, const Candidate& who) {
  std::uint64_t first = who.token();
  const core::Observation* acquired = acquiring_write(world, who);
  if (acquired == nullptr || who.plan().objects.size() == 1) return first;
  for (const std::size_t object : who.plan().objects) {
    for (const core::Observation& seen : world.api().model().history(object)) {
      // Within one process the count distinguishes terms.
      if (holds(who, seen) && seen.record.transitions == acquired->record.transitions) {
        first = std::min(first, number_of(seen));
      }
    }
  }
  return first;
}

}  // namespace elector::tests
