// SPDX-License-Identifier: Apache-2.0
#include "core/record.h"

#include <algorithm>

namespace elector::core {
namespace {

bool is_number(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view without_leading_zeros(std::string_view digits) {
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
}

}  // namespace

bool names_holder(const Observation& seen) {
  return seen.content == Content::kRecord && !seen.record.holder.empty();
}

Record released_record(std::int64_t transitions, WallTime now) {
  return {.holder = {},
          .lease_duration = std::chrono::seconds(1),
          .acquire_time = now,
          .renew_time = now,
          .transitions = transitions};
}

bool is_fresh(const Observation& seen) {
  return seen.content == Content::kRecord && seen.claim &&
         seen.claim->holder == seen.record.holder &&
         seen.claim->renew_time == seen.record.renew_time;
}

const Claim* fresh_claim(const Observation& seen) {
  return is_fresh(seen) ? &*seen.claim : nullptr;
}

std::string_view released_for(const Observation& seen) {
  const Claim* claim = fresh_claim(seen);
  if (claim == nullptr || !claim->holder.empty() || !seen.resign) return {};
  return seen.resign->release == claim->nonce ? std::string_view(seen.resign->to)
                                              : std::string_view();
}

bool same_record(const Observation& a, const Observation& b) {
  if (a.content != b.content) return false;
  if (a.content == Content::kUnreadable) return a.raw == b.raw;
  if (a.content != Content::kRecord) return true;
  // A renewal may be visible only in a field that cannot be read.
  if (a.record != b.record || a.raw != b.raw || is_fresh(a) != is_fresh(b)) return false;
  return !is_fresh(a) || *a.claim == *b.claim;
}

int compare_versions(std::string_view a, std::string_view b) {
  if (!is_number(a) || !is_number(b)) return 0;
  a = without_leading_zeros(a);
  b = without_leading_zeros(b);
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return a.compare(b);
}

}  // namespace elector::core
