#include "cmd/request_failures.h"

#include "kube/status.h"

namespace elector::cmd {

bool RequestFailures::note(std::size_t lock, core::Verb verb, core::Outcome outcome,
                           const std::string& text) {
  constexpr std::size_t kDifferentCauses = 8;
  Failure& failure = kinds_[{lock, verb}];
  failure.forbidden = outcome == core::Outcome::kForbidden;
  return failure.causes.size() < kDifferentCauses &&
         failure.causes.insert(kube::without_audit_id(text)).second;
}

bool RequestFailures::answered(std::size_t lock, core::Verb verb) {
  return kinds_.erase({lock, verb}) > 0;
}

bool RequestFailures::seen(std::size_t lock, const core::Observation& seen) {
  const bool absent = seen.content == core::Content::kAbsent;
  const bool anothers = core::names_holder(seen) && seen.record.holder != identity_;
  bool ended = forget({lock, core::Verb::kGet});
  if (!absent) ended |= forget({lock, core::Verb::kCreate});
  if (absent || anothers) ended |= forget({lock, core::Verb::kUpdate});
  return ended;
}

bool RequestFailures::forget(Kind kind) {
  const auto found = kinds_.find(kind);
  if (found == kinds_.end() || found->second.forbidden) return false;
  kinds_.erase(found);
  return true;
}

}  // namespace elector::cmd
