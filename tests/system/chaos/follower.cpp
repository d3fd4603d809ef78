// SPDX-License-Identifier: Apache-2.0
#include "tests/system/chaos/follower.h"

#include <algorithm>
#include <optional>

namespace elector::tests::chaos {
namespace {

// A write that changed the holder in the lock or the duration, and until when it was the last such
// write.
struct Change {
  const Write* write;
  Instant until = kNever;

  std::string_view holder() const {
    return write->deletion ? std::string_view() : std::string_view(write->holder);
  }
  Instant over() const { return write->applied + Span(write->duration); }
};

// Edits of other fields change nothing that a candidate goes by.
bool changes(const Write& before, const Write& write) {
  return write.by_candidate || write.deletion || before.deletion || write.holder != before.holder ||
         write.duration != before.duration || write.acquire_time != before.acquire_time ||
         write.renew_time != before.renew_time || write.claim != before.claim;
}

std::vector<Change> changes_of(const std::vector<Write>& writes) {
  std::vector<Change> found;
  const Write* before = nullptr;
  for (const Write& write : writes) {
    if (before == nullptr || changes(*before, write)) {
      if (!found.empty()) found.back().until = write.applied;
      found.push_back({.write = &write});
    }
    before = &write;
  }
  return found;
}

// From the start of a process until it has seen the lock; it need not know that a record is old.
constexpr Span kStartup = std::chrono::milliseconds(1500);

class Followed {
 public:
  Followed(const Life& life, const std::vector<Change>& changes, const Sight& sight)
      : life_(life), changes_(changes), sight_(sight) {}

  // What is wrong with naming that name just then; nothing if nothing is.
  std::optional<Finding> wrong(const std::string& name, const Asked& asked) const {
    const auto end = std::upper_bound(
        changes_.begin(), changes_.end(), asked.received,
        [](Instant at, const Change& change) { return at < change.write->applied; });
    if (end == changes_.begin() || name == life_.name) return {};
    return name.empty() ? nobody(asked, end) : somebody(name, asked, end);
  }

 private:
  using Iterator = std::vector<Change>::const_iterator;

  std::optional<Finding> somebody(const std::string& name, const Asked& asked, Iterator end) const {
    const auto back = std::make_reverse_iterator(end);
    const auto last = std::find_if(back, changes_.rend(),
                                   [&](const Change& change) { return change.holder() == name; });
    if (last == changes_.rend()) return finding("names " + name + ", who never held", {}, asked);
    if (last->until < asked.sent - sight_.late() && !sight_.hindered(last->until, asked.sent)) {
      return finding("still names " + name + ", who holds no longer", last->until, asked);
    }
    // For a record without a duration each candidate uses its own.
    if (last->write->duration <= std::chrono::seconds(0)) return {};
    // A candidate that was blind may know an earlier record of that name, of which more is left.
    const auto longest =
        std::max_element(back, changes_.rend(), [&](const Change& a, const Change& b) {
          return (a.holder() == name ? a.over() : Instant::min()) <
                 (b.holder() == name ? b.over() : Instant::min());
        });
    const Instant over = longest->over() + sight_.late();
    const Instant seen = asked.sent - Span(longest->write->duration) - sight_.late();
    if (over < asked.sent && life_.began + kStartup < seen && !sight_.outdated(seen, asked.sent)) {
      return finding("still names " + name + ", whose record has run out", over, asked);
    }
    return {};
  }

  std::optional<Finding> nobody(const Asked& asked, Iterator end) const {
    const Instant known_by = asked.sent - sight_.late();
    auto change = end - 1;
    const std::string_view holder = change->holder();
    if (holder.empty() || holder == life_.name) return {};
    // The last that it knows for sure; it is still good, and no other holder has come since.
    while (change->write->applied > known_by) {
      if (!change->write->by_candidate || change->holder() != holder) return {};
      if (change == changes_.begin()) return {};
      --change;
    }
    if (!change->write->by_candidate || change->holder() != holder) return {};
    if (change->over() <= asked.received || life_.began > known_by - sight_.recovery()) return {};
    if (sight_.hindered(change->write->applied - sight_.recovery(), asked.sent)) return {};
    return finding("names nobody while " + std::string(holder) + " holds", change->write->applied,
                   asked);
  }

  Finding finding(const std::string& what, Instant since, const Asked& asked) const {
    return {.invariant = 6, .what = life_.title() + " " + what, .from = since, .to = asked.sent};
  }

  const Life& life_;
  const std::vector<Change>& changes_;
  const Sight& sight_;
};

using Interval = Sight::Interval;

std::vector<Interval> merged(std::vector<Interval> all) {
  std::sort(all.begin(), all.end());
  std::vector<Interval> result;
  for (const auto& [from, to] : all) {
    if (!result.empty() && from <= result.back().second) {
      result.back().second = std::max(result.back().second, to);
    } else {
      result.emplace_back(from, to);
    }
  }
  return result;
}

// What of `all` lies in none of the others.
std::vector<Interval> without(std::vector<Interval> all, const std::vector<Interval>& others) {
  for (const auto& [from, to] : others) {
    std::vector<Interval> left;
    for (const Interval& one : all) {
      if (one.first < from) left.emplace_back(one.first, std::min(one.second, from));
      if (to < one.second) left.emplace_back(std::max(one.first, to), one.second);
    }
    all = std::move(left);
  }
  return all;
}

}  // namespace

Sight::Sight(const std::vector<Disturbance>& troubles, int candidate, Span late, Span recovery)
    : late_(late), recovery_(recovery) {
  std::vector<Interval> silent_server;
  std::vector<Interval> closed_way;
  std::vector<Interval> laden_way;  // it may still bring what the server sent long ago
  std::vector<Interval> still;
  const auto prolonged = [](const Disturbance& one, Span by) {
    return Interval(one.begin, one.end == kNever ? kNever : one.end + by);
  };
  for (const Disturbance& one : troubles) {
    const bool alone = one.candidate == candidate;
    if (!alone && one.candidate != Disturbance::kAll) continue;
    if (one.veils) troubles_.push_back(prolonged(one, recovery));
    if (one.stills) still.push_back(prolonged(one, late));
    if (alone && one.delays) laden_way.push_back(prolonged(one, late));
    // What was under way when it began may still have come.
    if (!one.blinds || one.begin + late >= one.end) continue;
    (alone ? closed_way : silent_server).emplace_back(one.begin + late, one.end);
  }
  blind_ = without(merged(std::move(silent_server)), laden_way);
  blind_.insert(blind_.end(), closed_way.begin(), closed_way.end());
  blind_ = without(merged(std::move(blind_)), still);
}

bool Sight::blind(Instant from, Instant to) const {
  return std::any_of(blind_.begin(), blind_.end(),
                     [&](const auto& one) { return one.first <= from && to <= one.second; });
}

bool Sight::hindered(Instant from, Instant to) const {
  return std::any_of(troubles_.begin(), troubles_.end(),
                     [&](const auto& one) { return one.first <= to && from <= one.second; });
}

bool Sight::outdated(Instant from, Instant to) const {
  return std::any_of(troubles_.begin(), troubles_.end(), [&](const auto& one) {
    // The part of it that lies between the two: only while it saw anything.
    const Instant begin = std::max(one.first, from);
    const Instant end = std::min(one.second, to);
    return begin <= end && !blind(begin, end);
  });
}

Findings check_blind(const Life& life, const std::map<std::string, Span>& durations,
                     const Sight& sight, Instant to) {
  Findings found;
  for (const Served& served : life.served) {
    const auto duration = durations.find(served.name);
    if (duration == durations.end() || served.name == life.name) continue;
    for (const Asked& asked : served.when) {
      const Instant seen = asked.sent - duration->second - sight.late();
      if (asked.received > to || !sight.blind(seen, asked.sent)) continue;
      found.push_back({.invariant = 6,
                       .what = life.title() + " still names " + served.name +
                               " and has seen nothing of the lock for longer than a record lasts",
                       .from = seen,
                       .to = asked.sent});
      break;
    }
  }
  return found;
}

Findings check_followed(const Life& life, const std::vector<Write>& writes, const Sight& sight,
                        Instant to) {
  const std::vector<Change> changes = changes_of(writes);
  const Followed followed(life, changes, sight);
  Findings found;
  for (const Served& served : life.served) {
    for (const Asked& asked : served.when) {
      if (asked.received > to) continue;
      auto wrong = followed.wrong(served.name, asked);
      if (!wrong) continue;
      found.push_back(std::move(*wrong));
      break;
    }
  }
  return found;
}

}  // namespace elector::tests::chaos
