// SPDX-License-Identifier: Apache-2.0
#include "tests/protocol/sim/witness.h"

#include <algorithm>
#include <utility>

namespace elector::tests {

using core::Content;
using core::Observation;

const core::Claim* claim_of(const Observation& seen) {
  const bool written_together = seen.content == Content::kRecord && seen.claim &&
                                seen.claim->holder == seen.record.holder &&
                                seen.claim->renew_time == seen.record.renew_time;
  return written_together ? &*seen.claim : nullptr;
}

std::uint64_t number_of(const Observation& seen) {
  return seen.version.empty() ? 0 : std::stoull(seen.version);
}

bool same_write(const Observation& a, const Observation& b) {
  if (a.content != b.content) return false;
  if (a.content == Content::kUnreadable) return a.raw == b.raw;
  if (a.content != Content::kRecord) return true;
  const core::Claim* one = claim_of(a);
  const core::Claim* other = claim_of(b);
  if ((one == nullptr) != (other == nullptr)) return false;
  return a.record == b.record && (one == nullptr || one->nonce == other->nonce);
}

namespace {

bool over(const core::Record& record, core::WallTime wall) {
  return record.renew_time && record.lease_duration > core::Duration::zero() &&
         *record.renew_time + record.lease_duration <= wall;
}

}  // namespace

void Witness::shown(std::size_t lock, const Observation& seen, bool read, core::Now now) {
  Lock& known = locks_.at(lock);
  const bool first = std::exchange(known.first, false);
  if (seen.version.empty()) {
    known.doubtful = true;
    if (known.known) return;  // maybe an old deletion: the earlier state may be the present one
  } else {
    const std::uint64_t version = std::stoull(seen.version);
    if (known.known && version <= known.version) {
      // The past, or a restored store that counts from the past again.
      const bool reused = version == known.version && !same_write(known.seen, seen);
      known.doubtful |= reused || (read && version < known.version);
      known.pasts.push_back(seen);
      return;
    }
    known.version = version;
    // A process that has taken the past for the present may have restarted the wait for this
    // record.
    const auto shown_as_past = [&](const Observation& past) { return same_write(past, seen); };
    known.doubtful =
        known.doubtful && (same_write(known.seen, seen) ||
                           std::any_of(known.pasts.begin(), known.pasts.end(), shown_as_past));
  }
  if (const core::Claim* claim = claim_of(seen); claim != nullptr && !seen.record.holder.empty()) {
    holders_[claim->instance] = known.version;
  }
  if (!known.known || !same_write(known.seen, seen)) {
    known.since = now.boot;
    if (const core::Claim* claim = claim_of(seen)) nonces_.emplace_back(claim->nonce, now.boot);
    known.over = first && seen.content == Content::kRecord && over(seen.record, now.wall);
  }
  known.known = true;
  known.seen = seen;
}

std::optional<std::string> Witness::leader(core::BootTime now) const {
  std::string name;
  for (const Lock& lock : locks_) {
    if (lock.doubtful) return std::nullopt;
    if (!lock.known || lock.seen.content != Content::kRecord) return "";
    const core::Record& record = lock.seen.record;
    core::Duration lease = record.lease_duration;
    if (lease <= core::Duration::zero()) lease = own_lease_;
    if (lock.over) return "";
    if (record.holder.empty() || record.holder == identity_ || now >= lock.since + lease) return "";
    if (!name.empty() && name != record.holder) return "";
    name = record.holder;
  }
  return name;
}

bool Witness::has_seen(std::string_view instance, std::uint64_t version) const {
  const auto it = holders_.find(instance);
  return it != holders_.end() && it->second >= version;
}

bool Witness::has_seen(std::string_view nonce, std::optional<core::BootTime> before) const {
  return std::any_of(nonces_.begin(), nonces_.end(), [&](const auto& seen) {
    return seen.first == nonce && (!before || seen.second < *before);
  });
}

}  // namespace elector::tests
