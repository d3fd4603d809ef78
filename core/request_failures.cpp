// SPDX-License-Identifier: Apache-2.0
#include "core/request_failures.h"

#include <algorithm>

namespace elector::core {

bool RequestFailures::note(std::size_t lock, Verb verb, Outcome outcome, const std::string& cause) {
  constexpr std::size_t kDifferentCauses = 8;
  const bool known = std::any_of(kinds_.begin(), kinds_.end(), [&](const auto& kind) {
    return kind.second.causes.contains(cause);
  });
  Failure& failure = kinds_[{lock, verb}];
  failure.forbidden = outcome == Outcome::kForbidden;
  return failure.causes.size() < kDifferentCauses && failure.causes.insert(cause).second && !known;
}

bool RequestFailures::answered(std::size_t lock, Verb verb) {
  return kinds_.erase({lock, verb}) > 0 && only_forbidden();
}

bool RequestFailures::seen(std::size_t lock, const Observation& seen) {
  const bool absent = seen.content == Content::kAbsent;
  const bool anothers = names_holder(seen) && seen.record.holder != identity_;
  bool ended = forget({lock, Verb::kGet});
  if (!absent) ended |= forget({lock, Verb::kCreate});
  if (absent || anothers) ended |= forget({lock, Verb::kUpdate});
  return ended && only_forbidden();
}

bool RequestFailures::only_forbidden() const {
  return std::all_of(kinds_.begin(), kinds_.end(),
                     [](const auto& kind) { return kind.second.forbidden; });
}

bool RequestFailures::forget(Kind kind) {
  const auto found = kinds_.find(kind);
  if (found == kinds_.end() || found->second.forbidden) return false;
  kinds_.erase(found);
  return true;
}

}  // namespace elector::core
