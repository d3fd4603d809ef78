// SPDX-License-Identifier: Apache-2.0
#include "tests/system/mixed/ledger.h"

#include <algorithm>
#include <ctime>
#include <optional>

#include "tests/support/api.h"

namespace elector::tests {
namespace {

std::string text(BootTime time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(time).count()) + "us";
}

std::string text(Span span) {
  return "[" + text(span.begin) + ", " + text(span.end) + "]";
}

// The holder that the object names from `at` on; "" before there is one.
std::string holder_at(const History& history, BootTime at) {
  std::string holder;
  for (const Held& held : history) {
    if (held.since > at) break;
    holder = held.holder;
  }
  return holder;
}

// Whether it is named at the begin of the span or comes to be named within it.
bool named_within(const History& history, const std::string& who, Span span) {
  if (holder_at(history, span.begin) == who) return true;
  return std::any_of(history.begin(), history.end(), [&](const Held& held) {
    return held.holder == who && held.since >= span.begin && held.since <= span.end;
  });
}

// The first moment of the span at which the object names another; nothing if there is none.
std::optional<BootTime> disowned(const History& history, const std::string& who, Span span) {
  if (holder_at(history, span.begin) != who) return span.begin;
  for (const Held& held : history) {
    if (held.since > span.begin && held.since < span.end && held.holder != who) return held.since;
  }
  return std::nullopt;
}

}  // namespace

BootTime boot_now() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

std::string first_of(const std::vector<std::string>& sentences) {
  return sentences.empty() ? "" : sentences.front();
}

History history_of(const std::vector<Json>& writes) {
  History history;
  for (const Json& write : writes) {
    std::string holder;
    if (text_at(write, "/type") != "DELETED") {
      Json object;
      object.CopyFrom(write["object"], object.GetAllocator());
      if (const auto record = record_in(object)) holder = record->holder;
    }
    if (history.empty() || history.back().holder != holder) {
      history.push_back({.since = BootTime(number_at(write, "/boottime")), .holder = holder});
    }
  }
  return history;
}

void Ledger::believed(const std::string& who, Span span) {
  if (span.begin >= span.end) return;
  const std::lock_guard lock(mutex_);
  believed_.push_back({.who = who, .span = span});
}

void Ledger::said(const std::string& who, Span span) {
  const std::lock_guard lock(mutex_);
  said_.push_back({.who = who, .span = span});
}

std::size_t Ledger::claims() const {
  const std::lock_guard lock(mutex_);
  return believed_.size() + said_.size();
}

std::vector<Ledger::Claim> Ledger::by_begin() const {
  const std::lock_guard lock(mutex_);
  std::vector<Claim> claims = believed_;
  claims.insert(claims.end(), said_.begin(), said_.end());
  std::sort(claims.begin(), claims.end(),
            [](const Claim& one, const Claim& other) { return one.span.begin < other.span.begin; });
  return claims;
}

BootTime Ledger::longest_gap(Span span) const {
  BootTime longest{};
  BootTime led_to = span.begin;
  for (const Claim& claim : by_begin()) {
    if (claim.span.end < span.begin || claim.span.begin > span.end) continue;
    longest = std::max(longest, claim.span.begin - led_to);
    led_to = std::max(led_to, claim.span.end);
  }
  return std::max(longest, span.end - led_to);
}

std::vector<std::string> Ledger::turns() const {
  std::vector<std::string> turns;
  for (const Claim& claim : by_begin()) {
    if (turns.empty() || turns.back() != claim.who) turns.push_back(claim.who);
  }
  return turns;
}

std::vector<std::string> Ledger::contradictions() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> found;
  for (auto one = believed_.begin(); one != believed_.end(); ++one) {
    for (auto other = one + 1; other != believed_.end(); ++other) {
      if (one->who != other->who && one->span.begin < other->span.end &&
          other->span.begin < one->span.end) {
        found.push_back(one->who + " believed in " + text(one->span) + " and " + other->who +
                        " in " + text(other->span));
      }
    }
    for (const Claim& said : said_) {
      if (said.who != one->who && said.span.begin > one->span.begin &&
          said.span.end < one->span.end) {
        found.push_back(said.who + " said in " + text(said.span) + " that it leads, and " +
                        one->who + " believed so in " + text(one->span));
      }
    }
  }
  return found;
}

std::vector<std::string> Ledger::contradictions(const History& history,
                                                const Counts& counts) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> found;
  for (const Claim& claim : believed_) {
    if (!counts(claim.who)) continue;
    if (const auto at = disowned(history, claim.who, claim.span)) {
      found.push_back(claim.who + " believed in " + text(claim.span) + ", and at " + text(*at) +
                      " the lock named \"" + holder_at(history, *at) + "\"");
    }
  }
  for (const Claim& claim : said_) {
    if (counts(claim.who) && !named_within(history, claim.who, claim.span)) {
      found.push_back(claim.who + " said in " + text(claim.span) +
                      " that it leads, and the lock named \"" +
                      holder_at(history, claim.span.begin) + "\"");
    }
  }
  return found;
}

}  // namespace elector::tests
